#pragma once
// docs/formulas.md and the glossary of the reports, printed from the tables that compute.

#include <span>
#include <string>
#include <vector>

#include "analysis/formula_row.hpp"

namespace fluxscope::analysis {

/// Formulas that are not metrics of launches.
struct FormulaSection {
  char const* name;  ///< key in the JSON report
  char const* title;
  char const* text;  ///< what all of its rows share
  std::span<FormulaRow const> rows;
};

/// symbols, rate, budget, waterfall, verdict, steps, comparison.
[[nodiscard]] std::vector<FormulaSection> formula_sections();

/// The whole of docs/formulas.md. A test compares the two.
[[nodiscard]] std::string formulas_markdown();

}  // namespace fluxscope::analysis
