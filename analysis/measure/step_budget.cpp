#include "analysis/measure/step_budget.hpp"

#include <algorithm>
#include <cmath>

namespace fluxscope::analysis {
namespace {

constexpr std::array kFormulas = {
    FormulaRow{"attention", "ns", "sum_attention t",
               "Launches of the layers' cases that are not selection: attention and its merges."},
    FormulaRow{"selection and router", "ns", "sum_selection t",
               "Launches that are counted as selection."},
    FormulaRow{
        "launches and gaps", "ns", "time - sum_all t",
        "Time of the step in which none of its launches ran; eager: where the host is late."},
    FormulaRow{"everything else", "ns", "sum_other t",
               "Products, norms, rotary embedding, collectives and head."},
    FormulaRow{"gain of a part", "ns", "part_full - part",
               "Against the full step of the same lengths, mode and chunk; the gains of the four "
               "parts sum to time_full - time."},
};

StepPart part_of(traces::StepLaunchRecord const& launch) {
  if (launch.counted_as == "selection") return StepPart::selection;
  return launch.case_id != traces::kNoRow ? StepPart::attention : StepPart::other;
}

void add(traces::StepLaunchRecord const& launch, StepBudget& budget) {
  budget.parts_ns[static_cast<std::size_t>(part_of(launch))] += launch.time_ns;
  auto const found = std::find_if(budget.ops.begin(), budget.ops.end(),
                                  [&](OpSum const& one) { return one.op == launch.op; });
  OpSum& sum = found == budget.ops.end() ? budget.ops.emplace_back(OpSum{.op = launch.op}) : *found;
  ++sum.launches;
  sum.time_ns += launch.time_ns;
}

void close(StepBudget& budget) {
  double launched = 0;
  for (double const part : budget.parts_ns) launched += part;
  if (budget.ops.empty()) {
    budget.reason = "the trace holds no launches of the step";
  } else if (!std::isfinite(launched)) {
    budget.reason = "the trace holds no time of some launches of the step";
  } else if (!std::isfinite(budget.time_ns)) {
    budget.reason = "the step has no time";
  } else {
    budget.known = true;
    budget.parts_ns[static_cast<std::size_t>(StepPart::gaps)] = budget.time_ns - launched;
  }
}

}  // namespace

std::vector<StepBudget> step_budgets(traces::Trace const& trace) {
  std::vector<StepBudget> budgets(trace.steps.size());
  for (std::size_t i = 0; i < budgets.size(); ++i) budgets[i].time_ns = trace.steps[i].time_ns;
  for (traces::StepLaunchRecord const& launch : trace.step_launches) {
    add(launch, budgets.at(launch.step_id));
  }
  for (StepBudget& budget : budgets) close(budget);
  return budgets;
}

std::span<FormulaRow const> step_formulas() { return kFormulas; }

}  // namespace fluxscope::analysis
