#include "analysis/verdict/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <tuple>

#include "analysis/verdict/break_even.hpp"
#include "analysis/verdict/placement_note.hpp"
#include "analysis/verdict/references.hpp"
#include "analysis/verdict/results.hpp"
#include "analysis/verdict/ties.hpp"
#include "base/error.hpp"
#include "base/speedup.hpp"

namespace fluxscope::analysis {
namespace {

using traces::RowRecord;
using traces::Trace;

constexpr std::array kFormulas = {
    FormulaRow{"time_ns", "ns", "sum_layers time_ns",
               "Attention time of one step through all layers; clean times, layers one after the "
               "other. Nothing but attention is in it."},
    FormulaRow{"time_low_ns, time_high_ns", "ns", "sum_layers of the ends",
               "Measured: shortest and longest sample of one run, over the places on the chip that "
               "its CTAs began at. Simulated: the model's 90 % interval."},
    FormulaRow{"provenance", "text", "weakest of the layers' cases",
               "measured, calibrated, interpolated, extrapolated, transferred, from strong to "
               "weak."},
    FormulaRow{"speedup_same_scheduler", "1", "time_full(same scheduler) / time", ""},
    FormulaRow{
        "speedup_best_full", "1", "min_full time_full / time",
        "The fair one, over the quickest run of the shape that reads everything, whatever its "
        "scheduler, execution and policy: one that was ordered or split badly is no "
        "reference."},
    FormulaRow{"speedup_low, speedup_high", "1",
               "measured: low / high', high / low'; simulated: low / low', high / high'",
               "Of speedup_best_full; ' is the row, without it the full row. Simulated times of "
               "one model are paired: the error that both share cancels. What the model gets wrong "
               "from case to case is not in it; `fluxscope compare` shows that."},
    FormulaRow{"order", "text",
               "equal if low <= 1 <= high or abs(ln(ratio)) <= ln(1.02), else quicker or slower",
               "Of a ratio of two times. Where it is equal no winner is named."},
    FormulaRow{
        "ideal_speedup", "1", "sum full_blocks / sum selected_blocks",
        "Ratio of work: (query block, KV block) pairs in prefill, KV blocks, hence bytes, in "
        "decode."},
    FormulaRow{"efficiency_ratio", "1", "speedup_best_full / ideal_speedup", ""},
    FormulaRow{"balance_saving_ratio", "1", "sum_layers A M21 / time",
               "Share of the clean time that levelling the SMs of every layer would save; its "
               "uncertainty is the layers' sum."},
    FormulaRow{
        "speedup_over_layer", "1", "time_layer / time",
        "Head rows: against the layer row with the nearest KV bytes under the same scheduler, "
        "else the quickest such row. Above 1: head level is quicker."},
    FormulaRow{"equal_kv", "1",
               "abs(kv_bytes / kv_bytes_layer - 1) <= 0.01, same for selected_blocks",
               "Only then is the comparison one of granularity and not of budget."},
};

int level_rank(std::string const& level) { return level == "full" ? 0 : level == "layer" ? 1 : 2; }

bool row_order(VerdictRow const& a, VerdictRow const& b) {
  auto const key = [](VerdictRow const& r) {
    using Text = std::string_view;
    return std::make_tuple(Text(r.row.phase), r.row.batch, r.row.q_len, r.row.kv_len,
                           level_rank(r.row.level) > 0, r.row.msr_ratio, level_rank(r.row.level),
                           Text(r.row.policy), Text(r.row.execution), Text(r.row.scheduler),
                           r.row.row_id);
  };
  return key(a) < key(b);
}

/// Adds one layer; the tail areas of its attention windows go to `tail_ns` and `area_ns`.
struct LayerSum {
  double tail_ns = 0;
  double area_ns = 0;
  bool probed = true;
  std::vector<CaseBudget const*> budgets;
  std::vector<Waterfall const*> waterfalls;
};

/// Stops at the largest value: a trace may hold absurd numbers.
void add(std::int64_t& sum, std::int64_t value) {
  if (__builtin_add_overflow(sum, value, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

void add_layer(VerdictRow& row, LayerSum& sum, traces::CaseRecord const& record,
               CaseMeasure const& measure) {
  row.time_ns += record.time_ns;
  row.time_low_ns += record.time_low_ns;
  row.time_high_ns += record.time_high_ns;
  add(row.kv_bytes_selected, record.kv_bytes_selected);
  add(row.selected_blocks, record.selected_blocks);
  add(row.full_blocks, record.full_blocks);
  row.provenance = sum.budgets.empty()
                       ? record.provenance
                       : std::string(weaker_provenance(row.provenance, record.provenance));
  sum.probed &= !measure.attention.empty();
  for (auto const& launch : measure.attention) {
    sum.tail_ns += launch.tail_area_ns;
    sum.area_ns += launch.sm_count() * launch.window_ns;
  }
  if (!std::isfinite(record.time_ns) && row.note.empty()) {
    row.note = "no clean time: " + record.name;
  }
}

void relate_saving(VerdictRow& row) {
  row.placement_varies = time_depends_on_placement(row.row);
  auto const& saving = row.balance_saving;
  if (!saving.saving_ns || !(row.time_ns > 0)) return;
  row.balance_saving_ratio = *saving.saving_ns / row.time_ns;
  row.balance_saving_u_ratio = saving.u_ns / row.time_ns;
}

std::vector<VerdictRow> sum_layers(Trace const& trace, std::span<CaseMeasure const> measures,
                                   std::span<CaseBudget const> budgets,
                                   std::span<Waterfall const> waterfalls) {
  std::vector<VerdictRow> rows(trace.rows.size());
  std::vector<LayerSum> sums(trace.rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].row = trace.rows[i];
    rows[i].time_ns = rows[i].time_low_ns = rows[i].time_high_ns = 0;
  }
  for (auto const& layer : trace.row_layers) {
    expects(layer.row_id < rows.size() && layer.case_id < trace.cases.size(),
            "a row's layer names a row and a case");
    auto& sum = sums[layer.row_id];
    add_layer(rows[layer.row_id], sum, trace.cases[layer.case_id], measures[layer.case_id]);
    add_layer(rows[layer.row_id].balance_saving, measures[layer.case_id], budgets[layer.case_id]);
    sum.budgets.push_back(&budgets[layer.case_id]);
    sum.waterfalls.push_back(&waterfalls[layer.case_id]);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    relate_saving(rows[i]);
    rows[i].budget = sum_of_budgets(sums[i].budgets);
    rows[i].waterfall = sum_of_waterfalls(sums[i].waterfalls);
    if (sums[i].probed && sums[i].area_ns > 0) {
      rows[i].tail_area_ratio = sums[i].tail_ns / sums[i].area_ns;
    }
    rows[i].ideal_speedup = ideal_speedup(rows[i].full_blocks, rows[i].selected_blocks);
    if (sums[i].waterfalls.empty()) {
      rows[i].time_ns = std::numeric_limits<double>::quiet_NaN();
      rows[i].note = "the row has no layers";
    }
  }
  return rows;
}

}  // namespace

TimeInterval time_interval(VerdictRow const& row) {
  return {row.time_ns, row.time_low_ns, row.time_high_ns};
}

TimeRatio over_full(VerdictRow const& row) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  return {row.speedup_best_full.value_or(kNone), row.speedup_low.value_or(kNone),
          row.speedup_high.value_or(kNone)};
}

Verdict make_verdict(Trace const& trace, std::span<CaseMeasure const> measures,
                     std::span<CaseBudget const> budgets, std::span<Waterfall const> waterfalls) {
  expects(measures.size() == trace.cases.size() && budgets.size() == trace.cases.size() &&
              waterfalls.size() == trace.cases.size(),
          "one measure, budget and waterfall per case");
  Verdict verdict;
  verdict.interval_kind = interval_kind(trace.run.source);
  verdict.rows = sum_layers(trace, measures, budgets, waterfalls);
  std::stable_sort(verdict.rows.begin(), verdict.rows.end(), row_order);
  relate_to_full(verdict.rows, verdict.interval_kind);
  relate_to_layer(verdict.rows, verdict.interval_kind);
  verdict.policies = policy_results(verdict.rows, verdict.interval_kind);
  verdict.headlines = head_against_layer(verdict.rows, verdict.interval_kind);
  verdict.notes = break_even_notes(verdict);
  verdict.placement_note = placement_note(verdict.rows);
  verdict.tie_notes = tie_notes(verdict.rows);
  return verdict;
}

std::span<FormulaRow const> verdict_formulas() { return kFormulas; }

}  // namespace fluxscope::analysis
