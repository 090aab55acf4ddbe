#include "analysis/verdict/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "analysis/verdict/break_even.hpp"
#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

using traces::RowRecord;
using traces::Trace;

constexpr double kEqualKvTolerance = 0.01;

constexpr std::array kFormulas = {
    FormulaRow{"time_ns", "ns", "sum_layers time_ns",
               "Attention time of one step through all layers; clean medians, layers one after the "
               "other. Nothing but attention is in it."},
    FormulaRow{"speedup_same_scheduler", "1", "time_full(same scheduler) / time", ""},
    FormulaRow{"speedup_best_full", "1", "min_schedulers time_full / time",
               "The fair one: a full row that was ordered badly is no reference."},
    FormulaRow{
        "ideal_speedup", "1", "sum full_blocks / sum selected_blocks",
        "Ratio of work: (query block, KV block) pairs in prefill, KV blocks, hence bytes, in "
        "decode."},
    FormulaRow{"efficiency_ratio", "1", "speedup_best_full / ideal_speedup", ""},
    FormulaRow{
        "speedup_over_layer", "1", "time_layer / time",
        "Head rows: against the layer row with the nearest KV bytes under the same scheduler, "
        "else the quickest such row. Above 1: head level is quicker."},
    FormulaRow{"equal_kv", "1",
               "abs(kv_bytes / kv_bytes_layer - 1) <= 0.01, same for selected_blocks",
               "Only then is the comparison one of granularity and not of budget."},
};

auto shape_key(RowRecord const& row) {
  return std::tie(row.phase, row.batch, row.q_len, row.kv_len);
}

bool same_shape(RowRecord const& a, RowRecord const& b) { return shape_key(a) == shape_key(b); }

int level_rank(std::string const& level) { return level == "full" ? 0 : level == "layer" ? 1 : 2; }

bool row_order(VerdictRow const& a, VerdictRow const& b) {
  auto const key = [](VerdictRow const& r) {
    return std::make_tuple(r.row.phase, r.row.batch, r.row.q_len, r.row.kv_len,
                           level_rank(r.row.level) > 0, r.row.msr_ratio, level_rank(r.row.level),
                           r.row.policy, r.row.execution, r.row.scheduler, r.row.row_id);
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
  sum.probed &= !measure.attention.empty();
  for (auto const& launch : measure.attention) {
    sum.tail_ns += launch.tail_area_ns;
    sum.area_ns += launch.sm_count() * launch.window_ns;
  }
  if (!std::isfinite(record.time_ns) && row.note.empty()) {
    row.note = "no clean time: " + record.name;
  }
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
    sum.budgets.push_back(&budgets[layer.case_id]);
    sum.waterfalls.push_back(&waterfalls[layer.case_id]);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].budget = sum_of_budgets(sums[i].budgets);
    rows[i].waterfall = sum_of_waterfalls(sums[i].waterfalls);
    if (sums[i].probed && sums[i].area_ns > 0) {
      rows[i].tail_area_ratio = sums[i].tail_ns / sums[i].area_ns;
    }
    if (rows[i].selected_blocks > 0) {
      rows[i].ideal_speedup =
          static_cast<double>(rows[i].full_blocks) / static_cast<double>(rows[i].selected_blocks);
    }
    if (sums[i].waterfalls.empty()) {
      rows[i].time_ns = std::numeric_limits<double>::quiet_NaN();
      rows[i].note = "the row has no layers";
    }
  }
  return rows;
}

void relate_to_full(std::vector<VerdictRow>& rows) {
  for (auto& row : rows) {
    std::optional<double> same;
    std::optional<double> best;
    for (auto const& other : rows) {
      if (other.row.level != "full" || !same_shape(other.row, row.row)) continue;
      if (!std::isfinite(other.time_ns)) continue;
      if (other.row.scheduler == row.row.scheduler) same = other.time_ns;
      if (!best || other.time_ns < *best) best = other.time_ns;
    }
    if (!std::isfinite(row.time_ns) || row.time_ns <= 0) continue;
    if (same) row.speedup_same_scheduler = *same / row.time_ns;
    if (best) row.speedup_best_full = *best / row.time_ns;
    if (best) row.efficiency_ratio = *row.speedup_best_full / row.ideal_speedup;
  }
}

double relative_difference(std::int64_t a, std::int64_t b) {
  auto const difference = std::abs(static_cast<double>(a) - static_cast<double>(b));
  return b == 0 ? (a == 0 ? 0 : 1) : difference / static_cast<double>(b);
}

double kv_difference(VerdictRow const& a, VerdictRow const& b) {
  return std::max(relative_difference(a.kv_bytes_selected, b.kv_bytes_selected),
                  relative_difference(a.selected_blocks, b.selected_blocks));
}

void relate_to_layer(std::vector<VerdictRow>& rows) {
  for (auto& row : rows) {
    if (row.row.level != "head" || !std::isfinite(row.time_ns)) continue;
    VerdictRow const* nearest = nullptr;
    auto const rank = [&](VerdictRow const& other) {
      bool const unequal = kv_difference(row, other) > kEqualKvTolerance;
      return std::make_tuple(unequal, unequal ? kv_difference(row, other) : 0.0,
                             other.row.scheduler != row.row.scheduler, other.time_ns);
    };
    for (auto const& other : rows) {
      if (other.row.level != "layer" || !same_shape(other.row, row.row)) continue;
      if (!std::isfinite(other.time_ns)) continue;
      if (nearest == nullptr || rank(other) < rank(*nearest)) nearest = &other;
    }
    if (nearest == nullptr) continue;
    row.layer_row = static_cast<std::uint32_t>(nearest - rows.data());
    row.speedup_over_layer = nearest->time_ns / row.time_ns;
    row.equal_kv = kv_difference(row, *nearest) <= kEqualKvTolerance;
    if (!row.equal_kv && row.note.empty()) row.note = "no layer row with equal KV bytes";
  }
}

/// Quickest layer row per (shape, msr), with the head rows that select the same KV within 1 %.
std::vector<Headline> make_headlines(std::span<VerdictRow const> rows) {
  std::vector<Headline> headlines;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    auto const& layer = rows[i];
    if (layer.row.level != "layer" || !std::isfinite(layer.time_ns)) continue;
    auto found = std::find_if(headlines.begin(), headlines.end(), [&](Headline const& h) {
      auto const& other = rows[h.layer_row];
      return same_shape(other.row, layer.row) && other.row.msr_ratio == layer.row.msr_ratio;
    });
    if (found == headlines.end()) {
      headlines.push_back({layer.row.phase, layer.row.batch, layer.row.q_len, layer.row.kv_len,
                           layer.row.msr_ratio, layer.ideal_speedup, i, i, i, 0});
    } else if (layer.time_ns < rows[found->layer_row].time_ns) {
      found->layer_row = found->head_best_row = found->head_worst_row = i;
    }
  }
  for (auto& headline : headlines) {
    auto const& layer = rows[headline.layer_row];
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
      auto const& head = rows[i];
      if (head.row.level != "head" || !std::isfinite(head.time_ns)) continue;
      if (!same_shape(head.row, layer.row) || kv_difference(head, layer) > kEqualKvTolerance) {
        continue;
      }
      auto& best = headline.head_best_row;
      auto& worst = headline.head_worst_row;
      if (best == headline.layer_row || head.time_ns < rows[best].time_ns) best = i;
      if (worst == headline.layer_row || head.time_ns > rows[worst].time_ns) worst = i;
    }
    headline.head_over_layer_speedup = layer.time_ns / rows[headline.head_best_row].time_ns;
  }
  std::erase_if(headlines, [](Headline const& h) { return h.head_best_row == h.layer_row; });
  return headlines;
}

}  // namespace

Verdict make_verdict(Trace const& trace, std::span<CaseMeasure const> measures,
                     std::span<CaseBudget const> budgets, std::span<Waterfall const> waterfalls) {
  expects(measures.size() == trace.cases.size() && budgets.size() == trace.cases.size() &&
              waterfalls.size() == trace.cases.size(),
          "one measure, budget and waterfall per case");
  Verdict verdict;
  verdict.rows = sum_layers(trace, measures, budgets, waterfalls);
  std::stable_sort(verdict.rows.begin(), verdict.rows.end(), row_order);
  relate_to_full(verdict.rows);
  relate_to_layer(verdict.rows);
  verdict.headlines = make_headlines(verdict.rows);
  verdict.notes = break_even_notes(verdict);
  return verdict;
}

std::span<FormulaRow const> verdict_formulas() { return kFormulas; }

}  // namespace fluxscope::analysis
