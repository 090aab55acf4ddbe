#pragma once
// Pieces of the JSON report, each in its own source file.

#include "analysis/report/json_stream.hpp"
#include "analysis/report/report.hpp"

namespace fluxscope::analysis::json_parts {

using Json = JsonStream::Json;

/// null for a value that is not finite; rounded to 7 significant digits for the page.
[[nodiscard]] Json number(double value, JsonDetail detail);
[[nodiscard]] Json number(std::optional<double> const& value, JsonDetail detail);

[[nodiscard]] Json of_case(CaseReport const& report, JsonDetail detail);
[[nodiscard]] Json of_crosscheck(CrosscheckReport const& check, JsonDetail detail);
[[nodiscard]] Json of_budget(CaseBudget const& budget, JsonDetail detail);
[[nodiscard]] Json of_waterfall(Waterfall const& waterfall, JsonDetail detail);
[[nodiscard]] Json of_timeline(LaunchTimeline const& timeline);
[[nodiscard]] Json of_comparison(Comparison const& comparison, JsonDetail detail);
[[nodiscard]] Json of_step(StepReport const& step, JsonDetail detail);
[[nodiscard]] Json of_step_comparison(StepComparison const& comparison, JsonDetail detail);
[[nodiscard]] Json of_formulas(std::span<FormulaRow const> rows);

/// Adds member "policies": each policy's own result, whole, so that no other part of the report is
/// needed to read it.
void write_policies(JsonStream& stream, Verdict const& verdict, JsonDetail detail);
/// Adds member "verdict".
void write_verdict(JsonStream& stream, Verdict const& verdict, JsonDetail detail);

}  // namespace fluxscope::analysis::json_parts
