#include "sim/calibrate/conformal.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"

namespace fluxscope::sim {
namespace {

TEST(ConformalInterval, TakesTheOuterOrderStatistics) {
  // n = 39: ranks floor(0.05 x 40) = 2 and ceil(0.95 x 40) = 38.
  std::vector<double> ratios;
  for (int i = 39; i >= 1; --i) ratios.push_back(i);

  auto const interval = conformal_interval(ratios);

  EXPECT_EQ(interval.low, 2);
  EXPECT_EQ(interval.high, 38);
}

TEST(GroupConformalInterval, WithOneCasePerGroupIsTheConformalInterval) {
  Random random(7);
  for (std::size_t const n : {1u, 2u, 19u, 20u, 39u, 100u, 257u}) {
    std::vector<double> ratios;
    std::vector<GroupedRatio> grouped;
    for (std::size_t i = 0; i < n; ++i) {
      ratios.push_back(0.5 + random.unit());
      grouped.push_back({ratios.back(), i});
    }
    auto const plain = conformal_interval(ratios);
    auto const by_group = group_conformal_interval(grouped);
    EXPECT_EQ(by_group.low, plain.low) << n;
    EXPECT_EQ(by_group.high, plain.high) << n;
  }
}

TEST(GroupConformalInterval, ALargeGroupWeighsNoMoreThanASmallOne) {
  // 39 groups of one case at 1 ... 39, and 1,000 cases of a 40th at 20.5: 41 weights, 2.05 to each
  // tail, so the third from either end is the first that is too much.
  std::vector<GroupedRatio> ratios;
  for (std::size_t i = 1; i <= 39; ++i) ratios.push_back({static_cast<double>(i), i});
  for (int i = 0; i < 1000; ++i) ratios.push_back({20.5, 40});

  auto const interval = group_conformal_interval(ratios);

  EXPECT_EQ(interval.low, 2);
  EXPECT_EQ(interval.high, 38);
}

TEST(LeaveGroupOutCoverage, IsNineTenthsWhereGroupsAreAlike) {
  Random random(3);
  std::vector<GroupedRatio> ratios;
  for (std::size_t i = 0; i < 4000; ++i) ratios.push_back({1 + 0.1 * random.unit(), i % 40});

  // Binomial: 0.9 +- 0.005 standard error, and the new group's weight widens by 1 in 40.
  EXPECT_NEAR(leave_group_out_coverage(ratios), 0.9, 0.02);
}

TEST(LeaveGroupOutCoverage, AGroupThatIsUnlikeTheOthersIsNotCovered) {
  std::vector<GroupedRatio> ratios;
  for (std::size_t i = 0; i < 100; ++i)
    ratios.push_back({1 + 1e-3 * static_cast<double>(i), i % 4});
  for (std::size_t i = 0; i < 100; ++i) ratios.push_back({2 + 1e-3 * static_cast<double>(i), 4});

  EXPECT_LE(leave_group_out_coverage(ratios), 0.5);
  EXPECT_TRUE(std::isnan(leave_group_out_coverage(std::span(ratios).last(100))));
}

}  // namespace
}  // namespace fluxscope::sim
