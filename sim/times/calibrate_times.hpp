#pragma once
// Device profiles of other people's kernels from tables of measured times.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "plan/layer/decomposition.hpp"
#include "sim/calibrate/intervals.hpp"
#include "sim/device/profile.hpp"
#include "sim/times/table.hpp"

namespace fluxscope::sim {

struct TimesOptions {
  std::size_t fit_rows = 160;         ///< per phase, spread over the measured times
  std::size_t fold_rows = 100;        ///< the same for each hold-out's fit
  std::size_t most_predicted = 1000;  ///< rows per phase and axis that hold-outs predict
  std::size_t folds = 4;              ///< per axis
  int rounds = 12;
  int fold_rounds = 6;
};

struct TimesCalibration {
  DeviceProfile profile;  ///< with its held_out sets and notes
  std::vector<ParameterInterval> intervals;
  std::int64_t rows = 0;
  std::int64_t fitted_rows = 0;
};

/// Fits the profile's costs to a part of the rows by fit(); its errors on all others are the set
/// "rest". Then fits again without each fold of shapes, batches, contexts and windows in turn, and
/// without the longer half of the contexts ("frontier"), from the specification's start, and
/// predicts what was left out. The profile's interval is split-conformal over those of shapes,
/// batches and contexts. A parameter's interval holds what the fits to the hold-outs' rests say of
/// it, the frontier's left out. Shows its progress. Throws InputError for implausible times, and
/// for a phase with fewer rows than twice its parameters.
[[nodiscard]] TimesCalibration calibrate_times(TimesTable const& table, DeviceSpec const& spec,
                                               plan::Decomposition const& decomposition,
                                               TimesOptions const& options);

/// Sets of kernels above this are the ones that a bar is set for.
inline constexpr double kLongKernelNs = 1e5;

/// Errors and parameters as tables.
[[nodiscard]] std::string times_calibration_text(TimesCalibration const& calibration);

}  // namespace fluxscope::sim
