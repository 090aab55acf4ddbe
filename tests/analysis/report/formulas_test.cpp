#include "analysis/report/formulas.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "analysis/metrics/metric.hpp"
#include "fluxscope_test_paths.hpp"

namespace fluxscope::analysis {
namespace {

std::string file_text(std::string const& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Formulas, PageIsThePrintedTable) {
  auto const page = file_text(std::string(FLUXSCOPE_SOURCE_DIR) + "/docs/formulas.md");

  EXPECT_EQ(page, formulas_markdown())
      << "write it anew: fluxscope report --formulas > docs/formulas.md";
}

TEST(Formulas, EveryMetricHasNameUnitFormulaMeaningAndSource) {
  std::set<std::string> names;
  std::set<std::string> ids;
  for (auto const& metric : metric_table()) {
    for (auto const* text : {metric.id, metric.name, metric.unit, metric.title, metric.formula,
                             metric.meaning, metric.source}) {
      EXPECT_NE(std::string(text), "") << metric.name;
    }
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name << " twice";
    EXPECT_TRUE(ids.insert(metric.id).second) << metric.id << " twice";
    EXPECT_NE(metric.compute, nullptr);
  }
}

TEST(Formulas, NoFormulaBreaksItsTableCell) {
  for (auto const& metric : metric_table()) {
    EXPECT_EQ(std::string(metric.formula).find('|'), std::string::npos) << metric.name;
  }
  for (auto const& section : formula_sections()) {
    for (auto const& row : section.rows) {
      EXPECT_EQ(std::string(row.formula).find('|'), std::string::npos) << row.name;
    }
  }
}

}  // namespace
}  // namespace fluxscope::analysis
