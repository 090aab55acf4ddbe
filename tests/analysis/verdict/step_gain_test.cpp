#include "analysis/verdict/step_gain.hpp"

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

std::vector<StepGain> gains_of(traces::Trace const& trace) {
  return step_gains(trace, step_budgets(trace));
}

// 2.4 times quicker attention is 1.03 times the eager step, where the host is late, and 1.52 times
// the graph's.
TEST(StepGain, AttentionsGainBecomesTheStepsByParts) {
  auto const gains = gains_of(testing::step_trace());

  EXPECT_EQ(gains[2].full_step, 0u);
  EXPECT_TRUE(close(gains[2].attention_speedup, 1200.0 / 500, {0, 1e-12}));
  EXPECT_TRUE(close(gains[2].step_speedup, 2000.0 / 1950, {0, 1e-12}));
  EXPECT_THAT(gains[2].gains_ns, ElementsAre(700, -60, -600, 10));
  EXPECT_EQ(gains[3].full_step, 1u);
  EXPECT_THAT(gains[3].gains_ns, ElementsAre(700, -60, 0, 10));
  EXPECT_EQ(gains[0].full_step, 0u);
  EXPECT_THAT(gains[0].gains_ns, ElementsAre(0, 0, 0, 0));
}

TEST(StepGain, PartsSumToTheDifferenceOfTheSteps) {
  std::mt19937_64 random(9);
  std::uniform_real_distribution<double> ns(1, 1e7);
  auto trace = testing::step_trace();
  for (auto& launch : trace.step_launches) launch.time_ns = ns(random);
  for (auto& step : trace.steps) step.time_ns = ns(random);
  for (auto const& gain : gains_of(trace)) {
    double const sum = std::accumulate(gain.gains_ns.begin(), gain.gains_ns.end(), 0.0);
    EXPECT_TRUE(close(sum, gain.full_ns - gain.time_ns, {1e-6, 0}));
  }
}

TEST(StepGain, StepsOfOtherLengthsOrChunksAreNoReference) {
  auto trace = testing::step_trace();
  trace.rows[1].kv_tokens = 1024;
  EXPECT_FALSE(gains_of(trace)[2].full_step.has_value());
  EXPECT_THAT(gains_of(trace)[2].reason, ::testing::HasSubstr("no full step"));
  trace = testing::step_trace();
  trace.steps[2].chunk = 1;
  EXPECT_FALSE(gains_of(trace)[2].full_step.has_value());
  EXPECT_EQ(gains_of(trace)[3].full_step, 1u);
}

}  // namespace
}  // namespace fluxscope::analysis
