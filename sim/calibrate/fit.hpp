#pragma once
// Fits a profile's times to measured cases.

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "sim/calibrate/data.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// The simulated time of a case; ns.
[[nodiscard]] double predict_ns(CalibrationCase const& measured, DeviceProfile const& profile);

/// A fit's residuals and their derivatives at `profile`, each row weighted as the fit weighs it.
struct LinearisedFit {
  std::vector<double> residuals;  // [rows], predicted / measured - 1
  std::vector<double> slopes;     // [rows, fit_parameters(profile)], per ns
};
[[nodiscard]] LinearisedFit linearised(CalibrationData const& data,
                                       std::span<std::size_t const> chosen,
                                       DeviceProfile const& profile);

/// Improves `start` on the cases `chosen` (indices). Each round
///   1. simulates every case and, a parameter at a time, its derivative: the features. A simulated
///      time is piecewise linear in the parameters and of degree one, so features x parameters is
///      the time itself until the critical path changes (Euler);
///   2. solves a non-negative least squares with Huber weights on residuals of utilisation,
///      (ideal / measured) / (ideal / predicted) - 1 = predicted / measured - 1, of the cases and,
///      with less weight, of the tiles' mean durations; a weak pull to `start` holds what the
///      traces do not tell;
///   3. goes there, or a part of the way where the simulated error would grow.
/// Runs on all cores; the result does not depend on how many.
/// Calls `after_round` behind each round.
[[nodiscard]] DeviceProfile fit(CalibrationData const& data, std::span<std::size_t const> chosen,
                                DeviceProfile const& start, int rounds,
                                std::function<void()> const& after_round = {});

/// fit() for kTrialRounds from each of the starts, and for the rest of the rounds from where the
/// mean error is least (the first of equals). A block that takes max(block_ns, k x shared_block_ns)
/// has a kink: where no case is on one side of it, a descent cannot come back from there. Expects a
/// start, and rounds for a trial.
inline constexpr int kTrialRounds = 3;
[[nodiscard]] DeviceProfile fit_from_best(CalibrationData const& data,
                                          std::span<std::size_t const> chosen,
                                          std::span<DeviceProfile const> starts, int rounds,
                                          std::function<void()> const& after_round = {});

}  // namespace fluxscope::sim
