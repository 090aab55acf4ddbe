#include "analysis/verdict/waterfall.hpp"

#include <cmath>

#include "analysis/measure/full_cases.hpp"
#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

using traces::CaseRecord;
using traces::Trace;

constexpr std::array<FormulaRow, kWaterfallParts> kParts = {{
    {"selection_ns", "ns", "S - w S_full",
     "Time of kernels that prepare the selection: gather_kv, router, block scores."},
    {"launches_ns", "ns", "X - w X_full",
     "Time outside all attention and selection windows: combine, launch latency, further "
     "launches."},
    {"ramp_ns", "ns", "A ramp - w A_full ramp_full", "Idle before the SMs' first CTAs."},
    {"gaps_ns", "ns", "A gap - w A_full gap_full", "Idle between CTAs of one SM."},
    {"tail_ns", "ns", "A tail - w A_full tail_full",
     "Idle after the SMs' last CTAs. What balance would save of it: M21."},
    {"unselected_ns", "ns", "U (1 - selected_blocks / visited_blocks)",
     "Busy time spent on blocks that were loaded but not selected, at the case's own rate. "
     "Execution `masked` pays this."},
    {"rate_ns", "ns", "U selected_blocks / visited_blocks - w U_full",
     "Selected blocks took longer per block than in the full layer: short tiles, unsaturated "
     "bandwidth, colder caches. Negative: they took less."},
}};

double& part(Waterfall& waterfall, WaterfallPart which) {
  return waterfall.parts_ns[static_cast<std::size_t>(which)];
}

void split_gap(Waterfall& waterfall, CaseRecord const& record, CaseBudget const& own,
               CaseBudget const& full) {
  double const w = waterfall.work_ratio;
  double const selected_share =
      record.visited_blocks > 0
          ? static_cast<double>(record.selected_blocks) / static_cast<double>(record.visited_blocks)
          : 1;
  part(waterfall, WaterfallPart::selection) = own.selection_ns - w * full.selection_ns;
  part(waterfall, WaterfallPart::launches) = own.launches_ns - w * full.launches_ns;
  part(waterfall, WaterfallPart::ramp) = own.ramp_ns - w * full.ramp_ns;
  part(waterfall, WaterfallPart::gaps) = own.gap_ns - w * full.gap_ns;
  part(waterfall, WaterfallPart::tail) = own.tail_ns - w * full.tail_ns;
  part(waterfall, WaterfallPart::unselected) = own.useful_ns * (1 - selected_share);
  part(waterfall, WaterfallPart::rate) = own.useful_ns * selected_share - w * full.useful_ns;
  waterfall.known = true;
}

Waterfall case_waterfall(Trace const& trace, std::span<CaseBudget const> budgets,
                         FullCases const& full_cases, std::uint32_t case_id) {
  auto const& record = trace.cases[case_id];
  Waterfall waterfall;
  waterfall.measured_ns = record.time_ns;
  waterfall.full_case = full_cases.of(case_id);
  if (!waterfall.full_case) {
    waterfall.reason = "no case of the same shape with every head full";
    return waterfall;
  }
  auto const& full = trace.cases[*waterfall.full_case];
  if (full.scheduler != record.scheduler) {
    waterfall.note = "the full counterpart ran under scheduler " + full.scheduler;
  }
  waterfall.full_ns = full.time_ns;
  if (*waterfall.full_case != case_id) {
    waterfall.work_ratio =
        static_cast<double>(record.selected_blocks) / static_cast<double>(full.selected_blocks);
  }
  waterfall.ideal_ns = full.time_ns * waterfall.work_ratio;
  waterfall.gap_ns = waterfall.measured_ns - waterfall.ideal_ns;
  auto const& own_budget = budgets[case_id];
  auto const& full_budget = budgets[*waterfall.full_case];
  if (!own_budget.known) {
    waterfall.reason = own_budget.reason;
  } else if (!full_budget.known) {
    waterfall.reason = "full counterpart: " + full_budget.reason;
  } else {
    split_gap(waterfall, record, own_budget, full_budget);
  }
  return waterfall;
}

}  // namespace

std::span<FormulaRow const> waterfall_formulas() { return kParts; }

std::vector<Waterfall> case_waterfalls(Trace const& trace, std::span<CaseBudget const> budgets) {
  expects(budgets.size() == trace.cases.size(), "one budget per case");
  FullCases const full_cases(trace);
  std::vector<Waterfall> waterfalls;
  waterfalls.reserve(trace.cases.size());
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    waterfalls.push_back(case_waterfall(trace, budgets, full_cases, id));
  }
  return waterfalls;
}

Waterfall sum_of_waterfalls(std::span<Waterfall const* const> layers) {
  Waterfall sum;
  sum.known = !layers.empty();
  for (auto const* layer : layers) {
    sum.full_ns += layer->full_ns;
    sum.ideal_ns += layer->ideal_ns;
    sum.measured_ns += layer->measured_ns;
    sum.gap_ns += layer->gap_ns;
    for (std::size_t i = 0; i < kWaterfallParts; ++i) sum.parts_ns[i] += layer->parts_ns[i];
    sum.known &= layer->known;
    if (!layer->reason.empty() && sum.reason.empty()) sum.reason = layer->reason;
    if (!layer->note.empty() && sum.note.empty()) sum.note = layer->note;
  }
  sum.work_ratio = sum.full_ns > 0 ? sum.ideal_ns / sum.full_ns : 1;
  return sum;
}

}  // namespace fluxscope::analysis
