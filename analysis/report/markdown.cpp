#include <fmt/format.h>

#include "analysis/format.hpp"
#include "analysis/report/formulas.hpp"
#include "analysis/report/report.hpp"
#include "analysis/report/step_tables.hpp"
#include "analysis/report/tables.hpp"
#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"
#include "base/text/escape.hpp"

namespace fluxscope::analysis {
namespace {

std::string provenance(TraceReport const& trace) {
  TextTable table({"what", "value"});
  table.add({"source", trace.run.source + (trace.complete ? "" : ", unfinished")});
  table.add({"device", fmt::format("{} ({} SMs)", trace.device.name, trace.device.sm_count)});
  table.add({"experiment", trace.run.experiment_name});
  table.add({"created", trace.run.created});
  table.add({"written by", trace.run.creator_version});
  auto const& v = trace.validity;
  table.add({"samples", fmt::format("{} kept, {} dropped", v.samples_kept, v.samples_dropped)});
  table.add({"probe overhead",
             v.overhead_cases == 0
                 ? "not measured"
                 : fmt::format("median {}, largest {}", percent_text(v.overhead_median_ratio),
                               percent_text(v.overhead_max_ratio))});
  table.add({"clock alignment", "largest u_ns " + number_text("{:.4g} ns", v.alignment_max_u_ns)});
  table.add(
      {"cross-checks within 5 %", fmt::format("{} of {}", v.crosschecks_agree, v.crosschecks)});
  table.add({"tails below 3 sigma", std::to_string(v.insignificant_tails)});
  if (auto const text = without_case_text(v); !text.empty()) {
    table.add({"launches without a case", text});
  }
  for (auto const& pass : trace.passes) {
    table.add({fmt::format("pass {} {}", pass.pass, pass.name),
               pass.present ? "present" : "absent: " + pass.reason});
  }
  return table.markdown();
}

std::string waterfall_table(Verdict const& verdict) {
  std::vector<std::string> header{"row", "ideal"};
  for (auto const& row : waterfall_formulas()) header.emplace_back(row.name);
  header.emplace_back("measured");
  TextTable table(header);
  for (auto const& r : verdict.rows) {
    if (r.row.level == "full") continue;
    auto const& w = r.waterfall;
    std::vector<std::string> cells{
        fmt::format("{} {} b{} {} {} {}", r.row.policy, r.row.phase, r.row.batch,
                    tokens_text(r.row.kv_len), r.row.execution, r.row.scheduler),
        time_text(w.ideal_ns)};
    for (double part : w.parts_ns) cells.push_back(w.known ? time_text(part) : "-");
    cells.push_back(time_text(w.measured_ns));
    table.add(cells);
  }
  return table.markdown();
}

std::string cases_table(std::span<CaseReport const> cases) {
  std::vector<std::string> header{"case", "time", "from-to", "source"};
  std::vector<std::size_t> shown;
  auto const metrics = metric_table();
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (!metrics[i].headline) continue;
    shown.push_back(i);
    header.emplace_back(metrics[i].title);
  }
  TextTable table(header);
  for (auto const& of_case : cases) {
    auto const& record = of_case.record;
    std::vector<std::string> cells{record.name, time_text(record.time_ns),
                                   time_range_text(record.time_low_ns, record.time_high_ns),
                                   record.provenance};
    for (auto i : shown) {
      auto const& value = of_case.metrics[i];
      std::string cell = value.value ? number_text("{:.4g}", *value.value) : "-";
      if (value.value && value.uncertainty > 0) cell += number_text(" ± {:.2g}", value.uncertainty);
      if (!value.significant) cell += " (not significant)";
      cells.push_back(cell);
    }
    table.add(cells);
  }
  return table.markdown();
}

std::string crosscheck_table(std::span<CaseReport const> cases) {
  TextTable table({"case", "quantity", "probe", "other", "unit", "difference", "note"});
  bool any = false;
  for (auto const& of_case : cases) {
    for (auto const& check : of_case.crosschecks) {
      any = true;
      table.add({of_case.record.name, check.record.name,
                 number_text("{:.5g}", check.record.probe_value),
                 number_text("{:.5g}", check.record.other_value), check.record.unit,
                 signed_percent_text(check.difference_ratio), check.record.note});
    }
  }
  if (any) return table.markdown();
  return cases.empty() ? "No cases.\n"
                       : "None: " + markdown_text(cases.front().crosscheck_reason) + ".\n";
}

std::string loss_table(std::span<traces::LossRecord const> losses) {
  if (losses.empty()) return "The trace holds no loss table.\n";
  TextTable table({"counter", "count", "meaning"});
  for (auto const& loss : losses) {
    table.add({loss.name, std::to_string(loss.count), loss.meaning});
  }
  return table.markdown();
}

std::string comparison_table(Comparison const& comparison) {
  TextTable table({"group", "cases", "MAPE", "median", "p90", "bias", "tail difference, largest"});
  for (auto const& s : comparison.summaries) {
    table.add({s.group == "all" ? s.group : s.group + " " + s.value, std::to_string(s.cases),
               percent_text(s.mape_ratio), percent_text(s.median_ratio), percent_text(s.p90_ratio),
               signed_percent_text(s.bias_ratio),
               s.tail_max_difference ? number_text("{:.3f}", *s.tail_max_difference) : "-"});
  }
  return table.markdown();
}

std::string steps_section(TraceReport const& trace) {
  if (trace.steps.empty()) return {};
  return "\n### Whole steps\n\n" + step_table(trace).markdown() + "\n### Steps by operation\n\n" +
         step_op_table(trace).markdown() + "\n### From attention's gain to the step's\n\n" +
         step_gain_table(trace).markdown() +
         "\nattention, step: full time over this time; less: what of the full step's time is "
         "saved, "
         "part by part. The parts sum to the difference of the two steps.\n";
}

std::string trace_section(TraceReport const& trace) {
  auto const& verdict = trace.verdict;
  auto text = fmt::format("## {}\n", markdown_text(trace.label));
  text += "\n### Each policy's own result\n\n" + policy_table(verdict).markdown();
  text += fmt::format("\n{}\n", interval_sentence(verdict.interval_kind));
  if (!verdict.tie_notes.empty()) text += "\n";
  for (auto const& note : verdict.tie_notes)
    text.append("- ").append(markdown_text(note)).append("\n");
  text += "\n### Validity\n\n" + provenance(trace);
  text += "\n### Head level against layer level at equal KV bytes\n\n";
  text += verdict.headlines.empty() ? "No rows of both with equal KV bytes.\n"
                                    : headline_table(verdict).markdown() + "\n";
  for (auto const& note : verdict.notes) text.append("- ").append(markdown_text(note)).append("\n");
  if (!verdict.placement_note.empty()) text += "\n\\* " + verdict.placement_note + "\n";
  text += "\n### Every execution and scheduler\n\n" + row_table(verdict).markdown();
  text += "\n### Where the speed-up went\n\n" + waterfall_table(trace.verdict);
  text += steps_section(trace);
  text += "\n### Cases\n\n" + cases_table(trace.cases);
  text += "\n### Cross-checks\n\n" + crosscheck_table(trace.cases);
  text += "\n### Losses\n\n" + loss_table(trace.losses);
  return text + "\n";
}

}  // namespace

std::string report_markdown(Report const& report) {
  std::string text = fmt::format("# fluxscope report\n\nMade {} by {}.\n\n", report.created,
                                 report.generator_version);
  for (auto const& trace : report.traces) text += trace_section(trace);
  for (auto const& comparison : report.comparisons) {
    text += fmt::format("## {} ({}) against {} ({})\n\n", markdown_text(comparison.measured_label),
                        markdown_text(comparison.measured_source),
                        markdown_text(comparison.simulated_label),
                        markdown_text(comparison.simulated_source));
    text += comparison_table(comparison) + "\n";
    text += step_errors_markdown(comparison.steps);
  }
  auto const formulas = formulas_markdown();
  return text + formulas.substr(formulas.find("## Metrics"));
}

}  // namespace fluxscope::analysis
