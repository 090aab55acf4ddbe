#include "analysis/report/tables.hpp"

#include "analysis/format.hpp"
#include "analysis/verdict/results.hpp"
#include "base/terminal/number_text.hpp"

namespace fluxscope::analysis {
namespace {

std::string msr_text(double msr_ratio) { return number_text("{:g}", msr_ratio); }

std::string source_text(VerdictRow const& row) {
  return row.provenance.empty() ? "not stated" : row.provenance;
}

/// "3.0 % +-0.8": of the time, with the 68 % uncertainty.
std::string saving_text(VerdictRow const& row) {
  if (!row.balance_saving_ratio) return "-";
  auto const saving = percent_text(row.balance_saving_ratio);
  double const u = row.balance_saving_u_ratio.value_or(0);
  return u > 0 ? saving + " +-" + number_text("{:.1f}", u * 100) : saving;
}

}  // namespace

TextTable policy_table(Verdict const& verdict) {
  TextTable table({"phase", "batch", "context", "policy", "MSR", "speed-up", "from-to", "ideal",
                   "of ideal", "time", "from-to", "balance saves", "KV read", "source", "run"});
  for (auto const& policy : verdict.policies) {
    auto const& r = verdict.rows[policy.best_row];
    table.add({r.row.phase, std::to_string(r.row.batch), tokens_text(r.row.kv_len), r.row.policy,
               msr_text(r.row.msr_ratio), speedup_text(r.speedup_best_full),
               speedup_range_text(r.speedup_low, r.speedup_high), speedup_text(r.ideal_speedup),
               percent_text(r.efficiency_ratio), time_text(r.time_ns),
               time_range_text(r.time_low_ns, r.time_high_ns), saving_text(r),
               bytes_text(static_cast<double>(r.kv_bytes_selected)), source_text(r),
               runs_text(verdict.rows, policy)});
  }
  return table;
}

TextTable row_table(Verdict const& verdict) {
  TextTable table({"policy",   "level",     "phase",     "batch",         "context",
                   "MSR",      "execution", "scheduler", "time",          "from-to",
                   "KV read",  "speed-up",  "from-to",   "vs same",       "ideal",
                   "vs layer", "KV",        "tail",      "balance saves", "source"});
  for (auto const& r : verdict.rows) {
    table.add({r.row.policy,
               r.row.level,
               r.row.phase,
               std::to_string(r.row.batch),
               tokens_text(r.row.kv_len),
               msr_text(r.row.msr_ratio),
               r.row.execution,
               scheduler_text(r),
               time_text(r.time_ns),
               time_range_text(r.time_low_ns, r.time_high_ns),
               bytes_text(static_cast<double>(r.kv_bytes_selected)),
               speedup_text(r.speedup_best_full),
               speedup_range_text(r.speedup_low, r.speedup_high),
               speedup_text(r.speedup_same_scheduler),
               speedup_text(r.ideal_speedup),
               r.over_layer ? ratio_text(r.over_layer->value) : "-",
               !r.layer_row ? "-" : (r.equal_kv ? "equal" : "unequal"),
               percent_text(r.tail_area_ratio),
               saving_text(r),
               source_text(r)});
  }
  return table;
}

TextTable headline_table(Verdict const& verdict) {
  TextTable table({"phase", "batch", "context", "MSR", "ideal", "layer level", "best head level",
                   "slowest", "head/layer", "from-to", "head level is", "balance saves, best",
                   "balance saves, slowest", "best head run"});
  for (auto const& h : verdict.headlines) {
    auto const& layer = verdict.rows[h.layer_row];
    auto const& best = verdict.rows[h.head.best_row];
    auto const& worst = verdict.rows[h.head_worst_row];
    bool const slower = h.worst_is_slower;
    table.add({h.phase, std::to_string(h.batch), tokens_text(h.kv_len), msr_text(h.msr_ratio),
               speedup_text(h.ideal_speedup), speedup_text(layer.speedup_best_full),
               speedup_text(best.speedup_best_full),
               slower ? speedup_text(worst.speedup_best_full) : "-",
               ratio_text(h.head_over_layer.value),
               ratio_range_text(h.head_over_layer.low, h.head_over_layer.high),
               std::string(order_name(order_of(h.head_over_layer))), saving_text(best),
               slower ? saving_text(worst) : "-", runs_text(verdict.rows, h.head)});
  }
  return table;
}

std::string interval_sentence(IntervalKind kind) {
  if (kind == IntervalKind::samples) {
    return "from-to: shortest and longest sample of one run, over the places on the chip that "
           "its CTAs began at (files before schema 1.4: quartiles).";
  }
  return "from-to: the model's 90 % interval of a time. Two times of one model share its error, so "
         "the interval of a speed-up holds only what does not cancel (-: nothing); what the model "
         "gets wrong from case to case is not in it.";
}

}  // namespace fluxscope::analysis
