#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace fluxscope {
namespace {

TEST(RandomTest, IsSplitMix64) {
  // The first outputs of the reference implementation for seed 1234567
  // (https://prng.di.unimi.it/splitmix64.c; the vector of many ports' tests).
  Random random(1234567);

  EXPECT_EQ(random.next(), 6457827717110365317ull);
  EXPECT_EQ(random.next(), 3203168211198807973ull);
  EXPECT_EQ(random.next(), 9817491932198370423ull);
}

TEST(RandomTest, BelowCoversItsRangeEvenly) {
  Random random(3);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts.at(random.below(7));

  // 10000 expected per value; the standard deviation is sqrt(70000 6/49) = 93, allow 6 of them.
  for (int const count : counts) EXPECT_NEAR(count, 10000, 560);
}

TEST(RandomTest, UnitIsInItsIntervalWithTheRightMean) {
  Random random(4);
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    double const value = random.unit();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }

  EXPECT_NEAR(sum / 100000, 0.5, 6 * 0.2887 / 316.2);  // 6 standard deviations of the mean
}

TEST(RandomTest, ShuffleReachesEveryOrder) {
  Random random(5);
  std::map<std::vector<int>, int> seen;
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> items{0, 1, 2};
    shuffle(std::span(items), random);
    ++seen[items];
  }

  ASSERT_EQ(seen.size(), 6u);
  for (auto const& [order, count] : seen) EXPECT_NEAR(count, 1000, 175);  // 6 x sqrt(6000 5/36)
}

}  // namespace
}  // namespace fluxscope
