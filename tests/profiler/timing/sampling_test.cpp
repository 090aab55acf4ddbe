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

TEST(Quartiles, AreLinearBetweenRanks) {
  auto const samples = samples_of({40, 10, 20, 30});

  Quartiles const result = quartiles(samples);

  EXPECT_DOUBLE_EQ(result.low, 17.5);
  EXPECT_DOUBLE_EQ(result.median, 25);
  EXPECT_DOUBLE_EQ(result.high, 32.5);
}

TEST(Quartiles, ThrottledSamplesDoNotCount) {
  auto samples = samples_of({10, 1000, 10});
  samples[1].dropped = true;

  EXPECT_DOUBLE_EQ(quartiles(samples).median, 10);
}

TEST(Quartiles, NothingLeftIsNotANumber) {
  auto samples = samples_of({10});
  samples[0].dropped = true;

  EXPECT_TRUE(std::isnan(quartiles(samples).median));
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
