#include "profiler/run/case_selection.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace fluxscope::profiler {
namespace {

plan::Experiment three_cases() {
  plan::Experiment experiment{.path = "x.toml"};
  for (char const* name : {"decode/b1/a", "prefill/b1/a", "decode/b8/a"}) {
    experiment.cases.push_back(
        {.case_id = static_cast<std::uint32_t>(experiment.cases.size()), .name = name});
  }
  experiment.rows = {{.row_id = 0, .layer_cases = {0, 2}}, {.row_id = 1, .layer_cases = {1, 1}}};
  return experiment;
}

TEST(SelectCases, APatternRenumbersCasesAndKeepsWholeRows) {
  auto const selected = select_cases(three_cases(), "decode/*", 0);

  ASSERT_EQ(selected.experiment.cases.size(), 2u);
  EXPECT_EQ(selected.experiment.cases[1].name, "decode/b8/a");
  EXPECT_EQ(selected.experiment.cases[1].case_id, 1u);
  ASSERT_EQ(selected.experiment.rows.size(), 1u);
  EXPECT_EQ(selected.experiment.rows[0].layer_cases, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(selected.cases_left_out, 1);
  EXPECT_EQ(selected.rows_left_out, 1);
}

TEST(SelectCases, StepsStayWithTheirRows) {
  plan::Experiment experiment = three_cases();
  experiment.steps = {{.step_id = 0, .row_id = 0, .layer_cases = {0, 2}},
                      {.step_id = 1, .row_id = 1, .layer_cases = {1, 1}}};

  auto const selected = select_cases(experiment, "prefill/*", 0);

  ASSERT_EQ(selected.experiment.steps.size(), 1u);
  EXPECT_EQ(selected.experiment.steps[0].step_id, 0u);
  EXPECT_EQ(selected.experiment.steps[0].row_id, 0u);
  EXPECT_EQ(selected.experiment.steps[0].layer_cases, (std::vector<std::uint32_t>{0, 0}));
}

TEST(SelectCases, ALimitTakesTheFirst) {
  auto const selected = select_cases(three_cases(), "*", 2);

  EXPECT_EQ(selected.experiment.cases.size(), 2u);
  EXPECT_EQ(selected.experiment.rows.at(0).row_id, 0u);
  EXPECT_EQ(selected.experiment.rows.at(0).layer_cases.at(0), 1u);
}

TEST(SelectCases, APatternWithoutACaseIsTheUsersError) {
  EXPECT_THROW((void)select_cases(three_cases(), "nothing*", 0), InputError);
}

}  // namespace
}  // namespace fluxscope::profiler
