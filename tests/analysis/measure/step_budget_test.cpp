#include "analysis/measure/step_budget.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/analysis/step_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using fluxscope::testing::close;
using ::testing::ElementsAre;

TEST(StepBudget, PartsAreAttentionSelectionGapsAndTheRest) {
  auto const budgets = step_budgets(testing::step_trace());
  ASSERT_EQ(budgets.size(), 4u);
  EXPECT_THAT(budgets[0].parts_ns, ElementsAre(1200, 0, 150, 650));
  EXPECT_THAT(budgets[2].parts_ns, ElementsAre(500, 60, 750, 640));
  EXPECT_TRUE(budgets[2].known);
}

TEST(StepBudget, PartsSumToTheTimeWhateverTheLaunches) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> ns(1, 1e7);
  auto trace = testing::step_trace();
  for (auto& launch : trace.step_launches) launch.time_ns = ns(random);
  for (auto& step : trace.steps) step.time_ns = ns(random);
  for (auto const& budget : step_budgets(trace)) {
    double const sum = std::accumulate(budget.parts_ns.begin(), budget.parts_ns.end(), 0.0);
    EXPECT_TRUE(close(sum, budget.time_ns, {1e-6, 0}));  // rounding of sums of 1e7
  }
}

TEST(StepBudget, OperationsAreSummedInTheOrderOfTheStep) {
  auto const budget = step_budgets(testing::step_trace())[3];
  ASSERT_EQ(budget.ops.size(), 5u);
  EXPECT_EQ(budget.ops[0].op, "rms_norm");
  EXPECT_EQ(budget.ops[1].op, "qkv_gemm");
  EXPECT_EQ(budget.ops[1].launches, 2u);
  EXPECT_EQ(budget.ops[1].time_ns, 600);
  EXPECT_EQ(budget.ops[2].op, "router");
}

TEST(StepBudget, WithoutATimeOfALaunchThePartsAreNotKnown) {
  auto trace = testing::step_trace();
  trace.step_launches[1].time_ns = std::numeric_limits<double>::quiet_NaN();
  trace.steps[1].time_ns = std::numeric_limits<double>::quiet_NaN();
  auto const budgets = step_budgets(trace);
  EXPECT_FALSE(budgets[0].known);
  EXPECT_THAT(budgets[0].reason, ::testing::HasSubstr("some launches"));
  EXPECT_FALSE(budgets[1].known);
  EXPECT_TRUE(budgets[2].known);
}

}  // namespace
}  // namespace fluxscope::analysis
