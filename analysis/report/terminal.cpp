#include <fmt/format.h>

#include "analysis/format.hpp"
#include "analysis/report/report.hpp"
#include "base/terminal/text_table.hpp"

namespace fluxscope::analysis {
namespace {

std::string run_of(VerdictRow const& row) { return row.row.execution + "/" + row.row.scheduler; }

std::string headlines_text(Verdict const& verdict) {
  TextTable table({"phase", "batch", "context", "MSR", "ideal", "layer level", "best head level",
                   "worst head level", "head/layer", "best head run", "tail best", "tail worst"});
  for (auto const& h : verdict.headlines) {
    auto const& layer = verdict.rows[h.layer_row];
    auto const& best = verdict.rows[h.head_best_row];
    auto const& worst = verdict.rows[h.head_worst_row];
    table.add({h.phase, std::to_string(h.batch), tokens_text(h.kv_len),
               fmt::format("{:g}", h.msr_ratio), speedup_text(h.ideal_speedup),
               speedup_text(layer.speedup_best_full), speedup_text(best.speedup_best_full),
               speedup_text(worst.speedup_best_full), speedup_text(h.head_over_layer_speedup),
               run_of(best), percent_text(best.tail_area_ratio),
               percent_text(worst.tail_area_ratio)});
  }
  return table.text();
}

std::string rows_text(Verdict const& verdict) {
  TextTable table({"policy", "phase", "batch", "context", "MSR", "execution", "scheduler", "time",
                   "KV read", "speed-up", "vs same", "ideal", "vs layer", "KV", "tail"});
  for (auto const& r : verdict.rows) {
    table.add({r.row.policy, r.row.phase, std::to_string(r.row.batch), tokens_text(r.row.kv_len),
               fmt::format("{:g}", r.row.msr_ratio), r.row.execution, r.row.scheduler,
               time_text(r.time_ns), bytes_text(static_cast<double>(r.kv_bytes_selected)),
               speedup_text(r.speedup_best_full), speedup_text(r.speedup_same_scheduler),
               speedup_text(r.ideal_speedup), speedup_text(r.speedup_over_layer),
               !r.layer_row ? "-" : (r.equal_kv ? "equal" : "unequal"),
               percent_text(r.tail_area_ratio)});
  }
  return table.text();
}

}  // namespace

std::string report_terminal(Report const& report, bool all) {
  std::string text;
  for (auto const& trace : report.traces) {
    text += fmt::format("{}: {} on {}{}\n", trace.label, trace.run.source, trace.device.name,
                        trace.complete ? "" : " (unfinished: only the launches written are in it)");
    if (all) {
      text += rows_text(trace.verdict);
    } else if (trace.verdict.headlines.empty()) {
      text += "No layer-level and head-level rows with equal KV bytes.\n";
    } else {
      text += headlines_text(trace.verdict);
    }
    text += "\n";
  }
  if (!report.traces.empty()) {
    text +=
        "Speed-ups are of attention over all layers, against the quickest full run at the same "
        "shape;\nhead and layer level select equal KV bytes.\n";
  }
  return text;
}

}  // namespace fluxscope::analysis
