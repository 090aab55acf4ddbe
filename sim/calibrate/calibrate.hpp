#pragma once
// Device profiles from measured traces, with the errors on what the fit did not see.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/calibrate/data.hpp"
#include "sim/calibrate/hold_out_axes.hpp"
#include "sim/calibrate/intervals.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// Errors of predictions for cases that the fit behind them did not see.
struct HoldOutErrors {
  HeldOutSet set;         ///< coverage NaN: of one group
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
  int folds = 4;        ///< of each axis, at most
};

/// Fits a profile without the held-out contexts, then refits without a fold of the contexts,
/// batches, windows, shares of full heads, executions, orders and shapes in turn (case_axes()), and
/// without the upper half of the contexts ("frontier"), to predict what was left out. The 90 %
/// interval is group_conformal_interval() of all folds within what the fits saw; beyond it, of
/// those by shape and of the frontier. Shows its progress.
[[nodiscard]] Calibration calibrate(CalibrationData const& data, CalibrateOptions const& options);

/// The errors and the fitted parameters as tables.
[[nodiscard]] std::string calibration_text(Calibration const& calibration);

}  // namespace fluxscope::sim
