#pragma once

namespace fluxscope::analysis {

/// One line of docs/formulas.md that is not a metric of launches: a part of the waterfall, a column
/// of the verdict, an error of the comparison.
struct FormulaRow {
  char const* name;
  char const* unit;
  char const* formula;
  char const* meaning;
};

}  // namespace fluxscope::analysis
