#include "base/text/near_miss.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fluxscope {
namespace {

std::vector<std::string> const kWords{"masked", "gather", "two_pool", "fused", "balanced"};

TEST(NearMiss, ATypoFindsItsWord) {
  EXPECT_EQ(near_miss("fusd", kWords), "fused");
  EXPECT_EQ(near_miss("two-pool", kWords), "two_pool");
  EXPECT_EQ(near_miss("balancde", kWords), "balanced");  // two substitutions of eight letters
}

TEST(NearMiss, MoreThanAThirdOfTheLettersIsNoTypo) {
  EXPECT_EQ(near_miss("xxsked", kWords), "masked");      // 2 of 6
  EXPECT_EQ(near_miss("xxxked", kWords), std::nullopt);  // 3 of 6
  EXPECT_EQ(near_miss("streaming", kWords), std::nullopt);
}

TEST(NearMiss, ShortWordsMayDifferInOneLetter) {
  std::vector<std::string> const words{"b1", "b8"};

  EXPECT_EQ(near_miss("b9", words), "b1");  // a tie goes to the first
  EXPECT_EQ(near_miss("c9", words), std::nullopt);
}

TEST(NearMiss, NoCandidatesHaveNoNearest) { EXPECT_EQ(near_miss("a", {}), std::nullopt); }

TEST(NearMiss, AnUnknownWordGetsTheWholeSet) {
  EXPECT_EQ(expected_one_of("fusd", kWords), "expected 'fused'");
  EXPECT_EQ(expected_one_of("streaming", kWords),
            "expected one of masked, gather, two_pool, fused, balanced");
}

}  // namespace
}  // namespace fluxscope
