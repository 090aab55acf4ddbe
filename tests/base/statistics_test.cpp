#include "base/statistics.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/error.hpp"

namespace fluxscope {
namespace {

using Samples = std::vector<double>;

// Second method: counts samples at or below each, in whole numbers of hundredths.
TEST(NearestRank, IsTheFirstSampleWithEnoughAtOrBelowIt) {
  for (std::size_t count = 1; count <= 300; ++count) {
    for (std::size_t percent = 0; percent <= 100; ++percent) {
      std::size_t rank = 1;
      while (100 * rank < percent * count) ++rank;
      ASSERT_EQ(nearest_rank(static_cast<double>(percent) / 100, count), rank)
          << percent << " % of " << count;
    }
  }
}

TEST(NearestRank, AShareOutsideZeroToOneOrNoSampleIsABrokenContract) {
  EXPECT_THROW((void)nearest_rank(1.01, 5), ContractError);
  EXPECT_THROW((void)nearest_rank(-0.01, 5), ContractError);
  EXPECT_THROW((void)nearest_rank(std::numeric_limits<double>::quiet_NaN(), 5), ContractError);
  EXPECT_THROW((void)nearest_rank(0.5, 0), ContractError);
}

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoInTheMiddle) {
  EXPECT_EQ(median(Samples{4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median(Samples{5, 1, 3}), 3);
  EXPECT_EQ(median(Samples{7}), 7);
  EXPECT_THROW((void)median(Samples{}), ContractError);
}

}  // namespace
}  // namespace fluxscope
