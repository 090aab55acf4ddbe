#include "analysis/compare/step_errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare/compare.hpp"
#include "tests/analysis/step_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using fluxscope::testing::close;
using ::testing::HasSubstr;

/// Products 10 % slow, attention 20 % quick; eager flux predicted slower than eager full.
traces::Trace simulated() {
  traces::Trace trace = testing::step_trace("simulated");
  for (auto& launch : trace.step_launches) {
    if (launch.op == "qkv_gemm") launch.time_ns *= 1.1;
    if (launch.op == "prefill") launch.time_ns *= 0.8;
  }
  trace.steps[0].time_ns = 2100;  // + 5 %
  trace.steps[3].time_ns = 1375;  // + 10 %
  return trace;
}

OpErrorSummary const& summary_of(StepComparison const& comparison, std::string const& op) {
  for (OpErrorSummary const& one : comparison.summaries) {
    if (one.op == op) return one;
  }
  throw std::out_of_range(op);
}

TEST(StepErrors, AreOfWholeStepsAndOfTheirOperations) {
  auto const result = compare_steps(testing::step_trace(), simulated());

  ASSERT_EQ(result.steps.size(), 4u);
  EXPECT_TRUE(close(result.steps[0].error_ratio, 0.05, {1e-12, 0}));
  EXPECT_EQ(result.summaries.front().op, "");
  EXPECT_TRUE(close(result.summaries.front().mape_ratio, (0.05 + 0 + 0 + 0.1) / 4, {1e-12, 0}));
  EXPECT_TRUE(close(summary_of(result, "qkv_gemm").bias_ratio, 0.1, {1e-12, 0}));
  EXPECT_TRUE(close(summary_of(result, "prefill").bias_ratio, -0.2, {1e-12, 0}));
  EXPECT_EQ(summary_of(result, "router").steps, 2u);
  // 4 x 600 of 2000 + 1900 + 1950 + 1250.
  EXPECT_TRUE(close(summary_of(result, "qkv_gemm").share_ratio, 2400.0 / 7100, {1e-12, 0}));
}

// Eager: 2000 and 1950 are within 3 %, no pair. Graph: 1900 against 1250, right whatever the error.
TEST(StepErrors, TheSignOfAWhatIfCountsWhereTimesDifferClearly) {
  auto const right = compare_steps(testing::step_trace(), simulated());
  EXPECT_EQ(right.signs.pairs, 1u);
  EXPECT_EQ(right.signs.right, 1u);
  auto wrong = simulated();
  wrong.steps[3].time_ns = 1901;
  EXPECT_EQ(compare_steps(testing::step_trace(), wrong).signs.right, 0u);
}

TEST(StepErrors, StepsWithoutAPartnerAreNamed) {
  auto other = simulated();
  other.steps[2].name = "duo/eager";
  auto const result = compare_steps(testing::step_trace(), other);
  EXPECT_EQ(result.only_measured, std::vector<std::string>{"flux/eager"});
  EXPECT_EQ(result.only_simulated, std::vector<std::string>{"duo/eager"});
}

// Cases without times: the steps alone are compared, in text and JSON.
TEST(StepErrors, AreInWhatComparePrints) {
  auto const comparison = compare(testing::step_trace(), simulated(), "m", "s");
  EXPECT_TRUE(comparison.cases.empty());
  auto const text = comparison_text(comparison);
  EXPECT_THAT(text, HasSubstr("whole steps"));
  EXPECT_THAT(text, HasSubstr("flux/graph"));
  EXPECT_THAT(text, HasSubstr("right in 1 of 1 pairs"));
  EXPECT_THAT(comparison_json(comparison), HasSubstr("\"what_if_pairs\": 1"));
}

}  // namespace
}  // namespace fluxscope::analysis
