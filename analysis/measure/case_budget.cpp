#include "analysis/measure/case_budget.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fluxscope::analysis {
CaseBudget case_budget(traces::CaseRecord const& of_case, CaseMeasure const& measure,
                       double probe_overhead_ratio) {
  CaseBudget budget;
  budget.time_ns = of_case.time_ns;
  budget.reason = measure.reason;
  if (!std::isfinite(of_case.time_ns)) budget.reason = "the case has no clean time";
  if (!budget.reason.empty()) return budget;
  double attention_ns = 0;
  double selection_ns = 0;
  double area_ns = 0;
  double ramp = 0;
  double gap = 0;
  double tail = 0;
  for (auto const& launch : measure.launches) {
    if (launch.is_attention()) {
      attention_ns += launch.window_ns;
      area_ns += launch.window_ns * launch.sm_count();
      ramp += launch.ramp_area_ns;
      gap += launch.gap_area_ns;
      tail += launch.tail_area_ns;
    } else if (launch.is_selection()) {
      selection_ns += launch.window_ns;
    }
  }
  if (!(area_ns > 0)) {
    budget.reason = "the probed windows are empty";
    return budget;
  }
  double const clean = 1 / (1 + probe_overhead_ratio);
  double const windows_ns = (attention_ns + selection_ns) * clean;
  double const fit = windows_ns > budget.time_ns ? budget.time_ns / windows_ns : 1;
  if (fit < 0.98) {
    budget.note = "the probed windows are longer than the clean time; they were scaled to it";
  }
  budget.attention_ns = attention_ns * clean * fit;
  budget.selection_ns = selection_ns * clean * fit;
  budget.ramp_ns = budget.attention_ns * ramp / area_ns;
  budget.gap_ns = budget.attention_ns * gap / area_ns;
  budget.tail_ns = budget.attention_ns * tail / area_ns;
  budget.useful_ns = budget.attention_ns - budget.ramp_ns - budget.gap_ns - budget.tail_ns;
  budget.launches_ns = std::max(0.0, budget.time_ns - budget.attention_ns - budget.selection_ns);
  budget.known = true;
  return budget;
}

CaseBudget sum_of_budgets(std::span<CaseBudget const* const> layers) {
  CaseBudget sum;
  sum.known = !layers.empty();
  for (auto const* layer : layers) {
    sum.time_ns += layer->time_ns;
    sum.attention_ns += layer->attention_ns;
    sum.selection_ns += layer->selection_ns;
    sum.launches_ns += layer->launches_ns;
    sum.ramp_ns += layer->ramp_ns;
    sum.gap_ns += layer->gap_ns;
    sum.tail_ns += layer->tail_ns;
    sum.useful_ns += layer->useful_ns;
    sum.known &= layer->known;
    if (sum.reason.empty()) sum.reason = layer->reason;
    if (sum.note.empty()) sum.note = layer->note;
  }
  return sum;
}

std::vector<double> probe_overheads(traces::Trace const& trace) {
  std::vector<traces::OverheadRecord const*> lowest(trace.cases.size(), nullptr);
  for (auto const& overhead : trace.overheads) {
    expects(overhead.case_id < lowest.size(), "an overhead's case_id names a case");
    if (overhead.probe_level == 0) continue;
    if (!std::isfinite(overhead.overhead_ratio) || overhead.overhead_ratio <= -1) continue;
    auto& of_case = lowest[overhead.case_id];
    if (of_case == nullptr || overhead.probe_level < of_case->probe_level) of_case = &overhead;
  }
  std::vector<double> ratios;
  ratios.reserve(lowest.size());
  for (auto const* of_case : lowest) {
    ratios.push_back(of_case == nullptr ? 0 : of_case->overhead_ratio);
  }
  return ratios;
}

}  // namespace fluxscope::analysis
