#pragma once
// Where the speed-up went: from the ideal to the measured time, in parts that sum to the gap.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/formula_row.hpp"
#include "analysis/measure/case_budget.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// Order of Waterfall::parts_ns and of waterfall_formulas().
enum class WaterfallPart : std::uint8_t {
  selection,
  launches,
  ramp,
  gaps,
  tail,
  unselected,
  rate,
  count,
};
inline constexpr auto kWaterfallParts = static_cast<std::size_t>(WaterfallPart::count);

/// ideal = full time x work ratio. Every part is the case's own time of that kind minus work ratio
/// times its full counterpart's, so that the parts sum to measured - ideal exactly.
struct Waterfall {
  std::optional<std::uint32_t> full_case;
  double full_ns = 0;
  double work_ratio = 1;
  double ideal_ns = 0;
  double measured_ns = 0;
  double gap_ns = 0;
  std::array<double, kWaterfallParts> parts_ns{};
  bool known = false;
  std::string reason;  ///< why there are no parts (or no ideal), else empty
  std::string note;    ///< e.g. a counterpart under another scheduler
};

/// Name, unit, formula and meaning of each part.
[[nodiscard]] std::span<FormulaRow const> waterfall_formulas();

/// Waterfalls of all cases, by case_id. `budgets`: by case_id.
[[nodiscard]] std::vector<Waterfall> case_waterfalls(traces::Trace const& trace,
                                                     std::span<CaseBudget const> budgets);

/// The sum over layers; unknown if any of them is.
[[nodiscard]] Waterfall sum_of_waterfalls(std::span<Waterfall const* const> layers);

}  // namespace fluxscope::analysis
