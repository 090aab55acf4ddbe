#include "analysis/report/formulas.hpp"

#include <fmt/format.h>

#include <array>

#include "analysis/compare/compare.hpp"
#include "analysis/measure/level_window.hpp"
#include "analysis/measure/step_budget.hpp"
#include "analysis/metrics/metric.hpp"
#include "analysis/verdict/verdict.hpp"
#include "analysis/verdict/waterfall.hpp"

namespace fluxscope::analysis {
namespace {

constexpr std::array kSymbols = {
    FormulaRow{"P", "1", "", "SMs of the device, used or not"},
    FormulaRow{"R", "1", "", "CTAs that fit on an SM beside each other"},
    FormulaRow{"T0, T1", "ns", "", "first CTA entry and last CTA exit on the common axis"},
    FormulaRow{"L", "ns", "T1 - T0", "window of a launch"},
    FormulaRow{"s_p, e_p", "ns", "", "first entry and last exit on SM p; e_p = T0 if unused"},
    FormulaRow{"b_p", "ns", "", "union of the CTA-resident intervals of SM p"},
    FormulaRow{"d_i", "ns", "", "duration of item i: a CTA, or a tile where CTAs run several"},
    FormulaRow{"N", "1", "", "number of items"},
    FormulaRow{"w", "1", "selected_blocks / selected_blocks_full", "work ratio of a case"},
};

constexpr std::array kBudget = {
    FormulaRow{"A", "ns", "sum_attention L / (1 + o)",
               "Attention time: windows of the attention launches; o is the probe's measured "
               "overhead, 0 where it was not measured or the trace is simulated."},
    FormulaRow{"S", "ns", "sum_selection L / (1 + o)",
               "Windows of gather_kv, router and selection launches."},
    FormulaRow{"X", "ns", "time - A - S", "Everything outside these windows."},
    FormulaRow{"A ramp, A gap, A tail", "ns", "A M8, A M9, A M7", ""},
    FormulaRow{"U", "ns", "A - A ramp - A gap - A tail", "Busy time; U / A = M10."},
};

constexpr char const* kIntroduction =
    "# Formulas\n\n"
    "Printed from the tables in `analysis/`; a test checks that this page and the tables agree.\n"
    "Regenerate it with `fluxscope report --formulas > docs/formulas.md`.\n\n"
    "A metric is computed for every analysed launch and, summed as its formula says, over the\n"
    "attention launches of a case. Several launches run one after the other: numerators and\n"
    "denominators are summed over launches before they are divided, items are pooled. Where the\n"
    "rows of single items were not kept, quantiles come from the groups of `/tile_times` and "
    "carry\n"
    "half the width of their hard bounds as uncertainty; a metric that needs the rows says \"not\n"
    "kept\". Uncertainties are one standard deviation of the clock alignment (`/sm/u_ns`). Tail "
    "and\n"
    "ramp below three of them are reported, but marked as not significant.\n\n"
    "Of several probed repetitions one is analysed: among those whose CTA rows were kept, the one\n"
    "with the median sum of windows. A repetition beside which another kernel ran is left out.\n";

std::string code(char const* text) {
  return text[0] == '\0' ? std::string() : fmt::format("`{}`", text);
}

/// A Markdown table of text: every column left-aligned.
std::string text_table(std::vector<std::vector<std::string>> const& rows) {
  std::string table;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    table += "|";
    for (auto const& cell : rows[i]) table += cell.empty() ? " |" : fmt::format(" {} |", cell);
    table += "\n";
    if (i > 0) continue;
    table += "|";
    for (std::size_t column = 0; column < rows[0].size(); ++column) table += " --- |";
    table += "\n";
  }
  return table;
}

std::string table_of(std::span<FormulaRow const> rows) {
  std::vector<std::vector<std::string>> cells{{"name", "unit", "formula", "meaning"}};
  for (auto const& row : rows) {
    cells.push_back({code(row.name), row.unit, code(row.formula), row.meaning});
  }
  return text_table(cells);
}

}  // namespace

std::vector<FormulaSection> formula_sections() {
  return {
      {"symbols", "Symbols", "", kSymbols},
      {"rate", "Rate model: what balance would save",
       "SMs share the memory, so what idle ones leave is not lost. The model is fitted to "
       "the trace itself and says how long the same tiles would take with all SMs active to the "
       "end. Where the CTAs lie on the chip is not in it: a launch that was slow for that reason "
       "counts as one that could be quicker.",
       level_window_formulas()},
      {"budget", "Time budget of a case",
       "The clean time of pass 0 is the total; the probe's shares apply to the attention windows. "
       "time = S + X + A ramp + A gap + A tail + U exactly. If the windows are longer than the "
       "clean time they are scaled to it, and the case says so.",
       kBudget},
      {"waterfall", "Waterfall: where the speed-up went",
       "ideal = full time x w, where the full counterpart has the same phase, batch and lengths, "
       "execution layer_uniform and every head full. Its scheduler is the case's own where the "
       "trace holds such a case, else that of the quickest other; the case's note then names it. "
       "The parts sum to measured - ideal exactly. A negative part is a gain over the full layer's "
       "share.",
       waterfall_formulas()},
      {"verdict", "Verdict: head level against layer level",
       "A row is one policy, execution and scheduler over all layers of the model.",
       verdict_formulas()},
      {"steps", "Whole steps: from attention's gain to the step's",
       "t is a launch's time on the GPU. time = the four parts exactly.", step_formulas()},
      {"comparison", "Comparison of a measured and a simulated trace",
       "Cases are joined by name. Held out: the simulated case's provenance is interpolated, "
       "extrapolated or transferred.",
       comparison_formulas()},
  };
}

std::string formulas_markdown() {
  std::string page = kIntroduction;
  page += "\n## Metrics\n\n";
  std::vector<std::vector<std::string>> metrics{
      {"number", "name", "unit", "formula", "meaning", "source"}};
  for (auto const& metric : metric_table()) {
    metrics.push_back({metric.id, code(metric.name), metric.unit, code(metric.formula),
                       metric.meaning, metric.source});
  }
  page += text_table(metrics);
  for (auto const& section : formula_sections()) {
    page += "\n## " + std::string(section.title) + "\n\n";
    if (section.text[0] != '\0') page += std::string(section.text) + "\n\n";
    page += table_of(section.rows);
  }
  return page;
}

}  // namespace fluxscope::analysis
