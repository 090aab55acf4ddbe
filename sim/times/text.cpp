#include <fmt/format.h>

#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"
#include "plan/layer/names.hpp"
#include "sim/times/calibrate_times.hpp"

namespace fluxscope::sim {
namespace {

std::string percent(double ratio) { return number_text("{:.1f}", 100 * ratio); }

}  // namespace

std::string times_calibration_text(TimesCalibration const& calibration) {
  TextTable errors({"errors on held-out rows, %", "phase", "above us", "rows", "mean", "median",
                    "p90", "covered"});
  for (HeldOutSet const& set : calibration.profile.held_out) {
    errors.add({set.by, plan::to_text(set.phase), number_text("{:.0f}", set.over_ns / 1e3),
                std::to_string(set.cases), percent(set.mape_ratio), percent(set.median_ratio),
                percent(set.p90_ratio), percent(set.coverage_ratio)});
  }
  return fmt::format("fitted {} of {} rows\n\n", calibration.fitted_rows, calibration.rows) +
         errors.text() + "\n" + intervals_text(calibration.intervals);
}

}  // namespace fluxscope::sim
