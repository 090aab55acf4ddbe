#include "profiler/timing/sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace fluxscope::profiler {
namespace {

std::vector<traces::SampleRecord> samples_of(std::vector<double> const& times) {
  std::vector<traces::SampleRecord> samples;
  for (double const time : times) samples.push_back({.time_ns = time});
  return samples;
}

TEST(SampledTime, EveryPlaceCountsAlikeHoweverOftenItWasSampled) {
  auto samples = samples_of({400, 402, 410, 660, 664});
  samples[3].turn = samples[4].turn = 1;

  SampledTime const result = sampled_time(samples);

  EXPECT_DOUBLE_EQ(result.mean_ns, (402 + 662) / 2.0);
  EXPECT_DOUBLE_EQ(result.low_ns, 400);
  EXPECT_DOUBLE_EQ(result.high_ns, 664);
}

TEST(SampledTime, ThrottledSamplesDoNotCount) {
  auto samples = samples_of({10, 1000, 10});
  samples[1].dropped = true;

  EXPECT_DOUBLE_EQ(sampled_time(samples).mean_ns, 10);
  EXPECT_DOUBLE_EQ(sampled_time(samples).high_ns, 10);
}

TEST(SampledTime, NothingLeftIsNotANumber) {
  auto samples = samples_of({10});
  samples[0].dropped = true;

  EXPECT_TRUE(std::isnan(sampled_time(samples).mean_ns));
  EXPECT_TRUE(std::isnan(sampled_time(samples).low_ns));
}

TEST(ExecutionsPerSample, ShortOnesFillTheSampleInWholeRounds) {
  EXPECT_EQ(executions_per_sample(10e3, 1), 20u);  // 200 us / 10 us
  EXPECT_EQ(executions_per_sample(10e3, 14), 28u);
  EXPECT_EQ(executions_per_sample(10e3, 30), 30u);
  EXPECT_EQ(executions_per_sample(1, 1), kMaxExecutions);
}

TEST(ExecutionsPerSample, ALongOneIsRepeatedOnlyForItsCopies) {
  EXPECT_EQ(executions_per_sample(5e6, 1), 1u);
  EXPECT_EQ(executions_per_sample(5e6, 3), 3u);
  EXPECT_EQ(executions_per_sample(5e6, 60), 4u);  // 20 ms
  EXPECT_EQ(executions_per_sample(100e6, 60), 1u);
}

}  // namespace
}  // namespace fluxscope::profiler
