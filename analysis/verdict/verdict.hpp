#pragma once
// Rows of the model-wide table with their speed-ups, each policy's own result, and head level
// against layer level.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/formula_row.hpp"
#include "analysis/measure/case_budget.hpp"
#include "analysis/measure/launch_measure.hpp"
#include "analysis/verdict/interval.hpp"
#include "analysis/verdict/row_saving.hpp"
#include "analysis/verdict/waterfall.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// One policy, execution and scheduler over all layers of the model. Sums run over layers, those
/// of the ends of an interval too: nothing is taken to average out.
struct VerdictRow {
  traces::RowRecord row;
  double time_ns = std::numeric_limits<double>::quiet_NaN();  ///< NaN: a layer has no time
  double time_low_ns = std::numeric_limits<double>::quiet_NaN();
  double time_high_ns = std::numeric_limits<double>::quiet_NaN();
  std::string provenance;  ///< the weakest of its layers' cases, see weaker_provenance()
  std::int64_t kv_bytes_selected = 0;
  std::int64_t selected_blocks = 0;
  std::int64_t full_blocks = 0;
  std::optional<double> speedup_same_scheduler;  ///< against the full row of the same scheduler
  std::optional<double> speedup_best_full;       ///< against the quickest row that reads everything
  std::optional<double> speedup_low;             ///< interval of speedup_best_full: time_ratio()
  std::optional<double> speedup_high;
  double ideal_speedup = 1;
  std::optional<double> efficiency_ratio;  ///< speedup_best_full / ideal_speedup
  std::optional<double> tail_area_ratio;   ///< of all attention windows; nullopt: not probed
  /// Of the clean time: what levelling every layer's SMs would save, and its 68 % uncertainty.
  std::optional<double> balance_saving_ratio;
  std::optional<double> balance_saving_u_ratio;
  RowSaving balance_saving;                ///< the same in ns; or why it is not resolved
  bool placement_varies = false;           ///< see time_depends_on_placement()
  std::optional<TimeRatio> over_layer;     ///< head rows: layer row's time / own time
  std::optional<std::uint32_t> layer_row;  ///< the layer row of that comparison
  bool equal_kv = false;  ///< the layer row selects the same KV bytes and blocks within 1 %
  CaseBudget budget;      ///< summed over layers
  Waterfall waterfall;    ///< summed over layers
  std::string note;
};

/// The quickest of some rows. Row numbers are indices into Verdict::rows.
struct BestRuns {
  std::uint32_t best_row = 0;
  std::vector<std::uint32_t> equal_rows;  ///< further rows that are equal to it, quickest first
  double equal_within_ratio = 0;          ///< the slowest of them takes so much longer
};

/// Head level against layer level at one shape and (nearly) equal KV bytes. Row numbers are
/// indices into Verdict::rows.
struct Headline {
  std::string phase;
  std::int32_t batch = 0;
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;
  double msr_ratio = 0;
  double ideal_speedup = 1;
  std::uint32_t layer_row = 0;  ///< quickest layer-level row
  BestRuns head;                ///< head-level rows at equal KV
  std::uint32_t head_worst_row = 0;
  bool worst_is_slower = false;  ///< false: it is equal to the best
  TimeRatio head_over_layer;     ///< layer time / best head time; above 1: head level is quicker
  std::string sentence;          ///< what may be said of it, with its numbers
};

struct Verdict {
  IntervalKind interval_kind = IntervalKind::samples;
  std::vector<VerdictRow> rows;  ///< by phase, batch, kv_len, msr, level, execution, scheduler
  /// Each policy's own result: per shape, policy and MSR its best runs, in the order of the rows.
  std::vector<BestRuns> policies;
  std::vector<Headline> headlines;     ///< by phase, batch, kv_len, msr
  std::vector<std::string> notes;      ///< where speed-ups begin; a report adds its own
  std::string placement_note;          ///< see placement_note(); empty where no row needs it
  std::vector<std::string> tie_notes;  ///< which choices of heads were drawn, as sentences
};

[[nodiscard]] TimeInterval time_interval(VerdictRow const& row);
/// speedup_best_full with its interval; NaN where there is none.
[[nodiscard]] TimeRatio over_full(VerdictRow const& row);

/// `measures`, `budgets` and `waterfalls`: by case_id.
[[nodiscard]] Verdict make_verdict(traces::Trace const& trace,
                                   std::span<CaseMeasure const> measures,
                                   std::span<CaseBudget const> budgets,
                                   std::span<Waterfall const> waterfalls);

[[nodiscard]] std::span<FormulaRow const> verdict_formulas();

}  // namespace fluxscope::analysis
