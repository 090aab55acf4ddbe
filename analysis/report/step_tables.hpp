#pragma once
// The tables of steps in Markdown and on the terminal.

#include <string>

#include "analysis/report/report.hpp"
#include "base/terminal/text_table.hpp"

namespace fluxscope::analysis {

/// A line per step: time, interval, source, host, KV held, parts.
[[nodiscard]] TextTable step_table(TraceReport const& trace);
/// A line per step: its time by operation, in the order of the model.
[[nodiscard]] TextTable step_op_table(TraceReport const& trace);
/// A line per step that has a full one beside it: attention's gain, the parts' gains, the step's.
[[nodiscard]] TextTable step_gain_table(TraceReport const& trace);

/// Errors of steps by operation and in total; empty where there are no steps.
[[nodiscard]] std::string step_errors_text(StepComparison const& comparison,
                                           ComparisonWords const& words);

/// The errors by operation, as Markdown; empty where there are no steps.
[[nodiscard]] std::string step_errors_markdown(StepComparison const& comparison);

}  // namespace fluxscope::analysis
