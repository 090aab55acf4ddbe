#include <fmt/format.h>

#include "analysis/report/report.hpp"
#include "analysis/report/step_tables.hpp"
#include "analysis/report/tables.hpp"

namespace fluxscope::analysis {
namespace {

std::string head_against_layer_text(Verdict const& verdict) {
  if (verdict.headlines.empty()) {
    return "Head level against layer level: no rows of both with equal KV bytes.\n";
  }
  return "Head level against layer level at equal KV bytes\n" + headline_table(verdict).text();
}

std::string every_row_text(Verdict const& verdict) {
  auto text = "Every execution and scheduler\n" + row_table(verdict).text();
  for (auto const& row : verdict.rows) {
    if (!row.layer_row) continue;
    return text +
           "vs layer: time of the layer-level row of the nearest KV bytes over this time; KV: "
           "whether the two are equal within 1 %.\n";
  }
  return text;
}

}  // namespace

std::string report_terminal(Report const& report, bool all) {
  std::string text;
  for (auto const& trace : report.traces) {
    auto const& verdict = trace.verdict;
    text += fmt::format("{}: {} on {}{}\n\n", trace.label, trace.run.source, trace.device.name,
                        trace.complete ? "" : " (unfinished: only the launches written are in it)");
    if (auto const lonely = without_case_text(trace.validity); !lonely.empty()) {
      text += lonely + ".\n\n";
      if (trace.cases.empty()) continue;
    }
    text += "Each policy's own result, by its quickest execution and scheduler\n";
    text += policy_table(verdict).text();
    for (auto const& note : verdict.tie_notes) text += note + "\n";
    text += "\n";
    text += (all ? every_row_text(verdict) : head_against_layer_text(verdict)) + "\n";
    text += interval_sentence(verdict.interval_kind) + "\n";
    text +=
        "balance saves: share of the time that the same tiles would save with all SMs ending "
        "together, with its 68 % uncertainty.\n";
    if (!trace.steps.empty()) {
      text += "\nFrom attention's gain to the step's (less: what of the full step is saved)\n";
      text += step_gain_table(trace).text();
    }
    if (!verdict.placement_note.empty()) text += "* " + verdict.placement_note + "\n";
    text += "\n";
  }
  if (!report.traces.empty()) {
    text +=
        "Times are of attention over all layers; speed-ups are against the quickest full run at "
        "the same shape.\n";
  }
  return text;
}

}  // namespace fluxscope::analysis
