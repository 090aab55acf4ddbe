#include "analysis/measure/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;
using Samples = std::vector<double>;

TEST(Statistics, QuantileIsTheSmallestSampleThatCoversTheShare) {
  Samples const samples{4, 1, 3, 2};

  EXPECT_EQ(quantile_of(samples, 0.25), 1);
  EXPECT_EQ(quantile_of(samples, 0.26), 2);
  EXPECT_EQ(quantile_of(samples, 0.9), 4);
  EXPECT_EQ(quantile_of(samples, 1), 4);
}

TEST(Statistics, GiniOfOneToNIsItsClosedForm) {
  // For 1..n: (n - 1) / (3 n).
  Samples samples;
  for (int i = 1; i <= 64; ++i) samples.push_back(i);

  EXPECT_TRUE(close(gini_of(samples), 63.0 / 192, {1e-12, 0}));
  EXPECT_EQ(gini_of(Samples{7, 7, 7}), 0);
  EXPECT_EQ(gini_of(Samples{0, 0}), 0);
}

TEST(Statistics, VariationIsDeviationOverMean) {
  // mean 2, population deviation 1.
  EXPECT_TRUE(close(variation_of(Samples{1, 3}), 0.5, {1e-12, 0}));
}

TEST(Statistics, CorrelationIsOneUnderLinearMapsAndUndefinedForConstants) {
  EXPECT_TRUE(close(correlation_of(Samples{1, 2, 4}, Samples{5, 7, 11}), 1, {1e-12, 0}));
  EXPECT_TRUE(close(correlation_of(Samples{1, 2, 3}, Samples{3, 2, 1}), -1, {1e-12, 0}));
  EXPECT_TRUE(std::isnan(correlation_of(Samples{1, 1}, Samples{1, 2})));
}

TEST(Statistics, EmptySamplesAreABrokenContract) {
  EXPECT_THROW((void)mean_of(Samples{}), ContractError);
  EXPECT_THROW((void)quantile_of(Samples{}, 0.5), ContractError);
  EXPECT_THROW((void)correlation_of(Samples{1}, Samples{1, 2}), ContractError);
}

}  // namespace
}  // namespace fluxscope::analysis
