#include "sim/step/timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fluxscope::sim {
namespace {

using plan::LaunchMode;
using ::testing::ElementsAre;

LaunchCosts const kCosts{
    .eager_gap_ns = 2, .eager_start_ns = 5, .graph_gap_ns = 1, .graph_start_ns = 7};

// Calls return at 10, 60, 110 and 310. The first kernel begins 5 later and lasts 100; the second
// and third wait for it and a gap of 2; the fourth for its call.
TEST(StepTimeline, AKernelWaitsForItsCallAndTheKernelBefore) {
  std::vector<TimedLaunch> const launches = {{100, 10}, {10, 50}, {10, 50}, {10, 200}};

  auto const times = step_timeline(LaunchMode::eager, launches, kCosts);

  EXPECT_THAT(times.begin_ns, ElementsAre(15, 117, 129, 315));
  EXPECT_EQ(times.time_ns, 325);
  EXPECT_EQ(times.host_ns, 310);
}

TEST(StepTimeline, AnEagerStepIsTheSlowerOfHostAndGpu) {
  std::vector<TimedLaunch> const host_bound(50, {10, 100});
  EXPECT_EQ(step_timeline(LaunchMode::eager, host_bound, kCosts).time_ns, 50 * 100 + 5 + 10);
  std::vector<TimedLaunch> const gpu_bound(50, {1000, 100});
  EXPECT_EQ(step_timeline(LaunchMode::eager, gpu_bound, kCosts).time_ns,
            100 + 5 + 50 * 1000 + 49 * 2);
}

TEST(StepTimeline, AGraphIsTheSumWithGapsWhateverTheHost) {
  std::vector<TimedLaunch> const launches = {{100, 1e6}, {10, 1e6}, {30, 1e6}};

  auto const times = step_timeline(LaunchMode::graph, launches, kCosts);

  EXPECT_THAT(times.begin_ns, ElementsAre(7, 108, 119));
  EXPECT_EQ(times.time_ns, 149);
}

}  // namespace
}  // namespace fluxscope::sim
