#include <fmt/format.h>

#include <cmath>

#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"
#include "plan/layer/names.hpp"
#include "sim/calibrate/calibrate.hpp"

namespace fluxscope::sim {
namespace {

std::string percent(double ratio) { return number_text("{:.1f}", 100 * ratio); }

}  // namespace

std::string calibration_text(Calibration const& calibration) {
  std::string text = fmt::format("fitted {} cases", calibration.fitted_cases);
  if (calibration.cases_left_out > 0) {
    text += fmt::format(" ({} without a clean time left out)", calibration.cases_left_out);
  }
  TextTable errors({"errors on held-out cases, %", "phase", "cases", "mean", "median", "p90",
                    "bias", "covered"});
  for (HoldOutErrors const& row : calibration.errors) {
    HeldOutSet const& set = row.set;
    errors.add({set.by, plan::to_text(set.phase), std::to_string(set.cases),
                percent(set.mape_ratio), percent(set.median_ratio), percent(set.p90_ratio),
                number_text("{:+.1f}", 100 * row.bias_ratio),
                std::isfinite(set.coverage_ratio) ? percent(set.coverage_ratio) : "-"});
  }
  return text + "\n\n" + errors.text() + "\n" + intervals_text(calibration.intervals);
}

}  // namespace fluxscope::sim
