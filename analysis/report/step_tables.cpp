#include "analysis/report/step_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/format.hpp"

namespace fluxscope::analysis {
namespace {

/// Below a picosecond a difference is rounding.
std::string gain_text(double ns) {
  if (std::abs(ns) < 1e-3) return "0";
  return ns < 0 ? fmt::format("-{}", time_text(-ns)) : time_text(ns);
}

std::vector<std::string> part_names() {
  std::vector<std::string> names;
  for (FormulaRow const& row : step_formulas().first(kStepParts)) names.emplace_back(row.name);
  return names;
}

/// Errors by operation, whole steps first.
TextTable op_error_table(StepComparison const& comparison) {
  TextTable table({"operation", "steps", "share", "MAPE", "p90", "bias"});
  for (OpErrorSummary const& one : comparison.summaries) {
    table.add({one.op.empty() ? "whole steps" : one.op, std::to_string(one.steps),
               percent_text(one.share_ratio), percent_text(one.mape_ratio),
               percent_text(one.p90_ratio), signed_percent_text(one.bias_ratio)});
  }
  return table;
}

std::string signs_sentence(WhatIfSigns const& signs) {
  return fmt::format(
      "Which of two steps of the same lengths is quicker: right in {} of {} pairs that differ by "
      "more than 3 %.\n",
      signs.right, signs.pairs);
}

}  // namespace

TextTable step_table(TraceReport const& trace) {
  std::vector<std::string> header{"step", "time", "from-to", "source", "host", "KV held"};
  for (std::string const& name : part_names()) header.push_back(name);
  TextTable table(header);
  for (StepReport const& step : trace.steps) {
    traces::StepRecord const& record = step.record;
    std::vector<std::string> cells{record.name,
                                   time_text(record.time_ns),
                                   time_range_text(record.time_low_ns, record.time_high_ns),
                                   record.provenance,
                                   time_text(record.host_ns),
                                   bytes_text(static_cast<double>(record.kv_bytes_held))};
    for (double const part : step.budget.parts_ns) {
      cells.push_back(step.budget.known ? time_text(part) : "-");
    }
    table.add(cells);
  }
  return table;
}

TextTable step_op_table(TraceReport const& trace) {
  std::vector<std::string> ops;
  for (StepReport const& step : trace.steps) {
    for (OpSum const& sum : step.budget.ops) {
      if (std::find(ops.begin(), ops.end(), sum.op) == ops.end()) ops.push_back(sum.op);
    }
  }
  std::vector<std::string> header{"step"};
  header.insert(header.end(), ops.begin(), ops.end());
  TextTable table(header);
  for (StepReport const& step : trace.steps) {
    std::vector<std::string> cells{step.record.name};
    for (std::string const& op : ops) {
      auto const& sums = step.budget.ops;
      auto const found =
          std::find_if(sums.begin(), sums.end(), [&](OpSum const& sum) { return sum.op == op; });
      cells.push_back(found == sums.end() ? "-" : time_text(found->time_ns));
    }
    table.add(cells);
  }
  return table;
}

TextTable step_gain_table(TraceReport const& trace) {
  std::vector<std::string> header{"step", "attention", "full step"};
  for (std::string const& name : part_names()) header.push_back("less " + name);
  header.insert(header.end(), {"step time", "step"});
  TextTable table(header);
  for (StepReport const& step : trace.steps) {
    StepGain const& gain = step.gain;
    if (!gain.full_step || *gain.full_step == step.record.step_id) continue;
    std::vector<std::string> cells{step.record.name,
                                   gain.known ? speedup_text(gain.attention_speedup) : "-",
                                   time_text(gain.full_ns)};
    for (double const part : gain.gains_ns) {
      cells.push_back(gain.known ? gain_text(part) : "-");
    }
    cells.push_back(time_text(gain.time_ns));
    cells.push_back(speedup_text(gain.step_speedup));
    table.add(cells);
  }
  return table;
}

std::string step_errors_text(StepComparison const& comparison, ComparisonWords const& words) {
  if (comparison.steps.empty()) return {};
  TextTable steps({"step", words.reference, words.other, words.difference, "provenance"});
  for (StepError const& one : comparison.steps) {
    steps.add({one.name, time_text(one.measured_ns), time_text(one.simulated_ns),
               signed_percent_text(one.error_ratio), one.provenance});
  }
  return fmt::format("\n{}\n{}\n{}", steps.text(), op_error_table(comparison).text(),
                     signs_sentence(comparison.signs));
}

std::string step_errors_markdown(StepComparison const& comparison) {
  if (comparison.steps.empty()) return {};
  return fmt::format("{}\n{}\n", op_error_table(comparison).markdown(),
                     signs_sentence(comparison.signs));
}

}  // namespace fluxscope::analysis
