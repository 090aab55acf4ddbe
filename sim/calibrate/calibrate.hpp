#pragma once
// Device profiles from measured traces, with the errors on what the fit did not see.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/calibrate/data.hpp"
#include "sim/calibrate/intervals.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// Errors of predictions for cases that the fit behind them did not see.
struct HoldOutErrors {
  std::string name;  ///< "fixed held-out contexts", "each context in turn", ...
  plan::Phase phase = plan::Phase::prefill;
  std::int64_t cases = 0;
  double mape_ratio = 0;    ///< mean |predicted / measured - 1|
  double median_ratio = 0;  ///< median |predicted / measured - 1|
  double p90_ratio = 0;
  double bias_ratio = 0;  ///< mean predicted / measured - 1
};

/// One case of the fixed held-out set.
struct HeldOutCase {
  std::string name;
  double measured_ns = 0;
  double predicted_ns = 0;
};

struct Calibration {
  DeviceProfile profile;  ///< with its intervals as notes
  std::vector<ParameterInterval> intervals;
  std::vector<HoldOutErrors> errors;
  std::vector<HeldOutCase> held_out;
  std::int64_t fitted_cases = 0;
  std::int64_t cases_left_out = 0;
};

struct CalibrateOptions {
  /// kv_len that the shipped fit never sees. Empty: every second context inside each phase's range.
  std::vector<std::int64_t> held_out_kv_lens;
  int rounds = 8;       ///< of the shipped fit
  int fold_rounds = 2;  ///< of each other hold-out, which starts from the shipped fit
};

/// Fits a profile without the held-out contexts, then refits without each context, each share of
/// full KV heads, and the upper half of the contexts in turn, to predict what was left out. The 90
/// % interval is split-conformal on the predictions of each context in turn. Shows its progress.
[[nodiscard]] Calibration calibrate(CalibrationData const& data, CalibrateOptions const& options);

/// The errors and the fitted parameters as tables.
[[nodiscard]] std::string calibration_text(Calibration const& calibration);

/// Ends of the split-conformal 90 % interval of `ratios`: its order statistics of rank
/// floor(0.05 (n + 1)) and ceil(0.95 (n + 1)), held inside the sample.
struct RatioInterval {
  double low = 1;
  double high = 1;
};
[[nodiscard]] RatioInterval conformal_interval(std::vector<double> ratios);

}  // namespace fluxscope::sim
