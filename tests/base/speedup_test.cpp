#include "base/speedup.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.hpp"
#include "tests/close.hpp"

namespace fluxscope {
namespace {

using testing::close;
using Contexts = std::vector<ContextSpeedup>;

BreakEven of(Contexts const& contexts) { return break_even(contexts); }

TEST(FullReference, IsTheQuickestRunThatReadsEverything) {
  FullReference reference;
  EXPECT_TRUE(std::isnan(reference.time_ns()));
  EXPECT_TRUE(reference.add(20));
  EXPECT_FALSE(reference.add(30));
  EXPECT_FALSE(reference.add(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(reference.add(10));
  EXPECT_EQ(reference.speedup(5), 2);

  EXPECT_TRUE(reads_everything(40, 40));
  EXPECT_FALSE(reads_everything(40, 39));
  EXPECT_FALSE(reads_everything(0, 0));
}

TEST(BeyondIdeal, IsMoreThanEqualTimesExplain) {
  EXPECT_FALSE(beyond_ideal(1.02, 1));
  EXPECT_TRUE(beyond_ideal(1.03, 1));
  EXPECT_FALSE(beyond_ideal(std::numeric_limits<double>::quiet_NaN(), 1));
}

TEST(BreakEven, LiesBetweenTheLastContextThatLosesAndTheNext) {
  // 0.86 at 4096 and 1.18 at 16384: 1.02 is half of the way, so half of the way in log2: 8192.
  auto const found = of({{4096, 0.86}, {16384, 1.18}, {65536, 2}});

  EXPECT_EQ(found.kind, BreakEven::Kind::from);
  EXPECT_TRUE(close(found.kv_len_tokens, 8192, {.relative = 1e-12}));
  EXPECT_EQ(to_text(found), "8192");
}

TEST(BreakEven, IsNotBelowTheSmallestContextThatWasTried) {
  EXPECT_EQ(to_text(of({{4096, 1.1}, {8192, 1.5}})), "<= 4096");
}

TEST(BreakEven, IsNeverWhereTheLongestContextLoses) {
  EXPECT_EQ(to_text(of({{4096, 1.5}, {131072, 1.01}})), "never (up to 131072)");
  EXPECT_EQ(to_text(of({{4096, 0.5}})), "never (up to 4096)");
}

TEST(BreakEven, TimesWithinTwoPerCentAreEqual) {
  EXPECT_EQ(of({{4096, 1.02}}).kind, BreakEven::Kind::never);
  EXPECT_EQ(of({{4096, 1.0201}}).kind, BreakEven::Kind::always);
}

TEST(BreakEven, AWinBeforeALossDoesNotCount) {
  EXPECT_EQ(to_text(of({{1024, 2}, {2048, 0.52}, {4096, 1.52}})), "2896");  // 2048 sqrt(2)
}

TEST(BreakEven, ASpeedUpThatMayBeNoneDoesNotPay) {
  EXPECT_EQ(to_text(of({{1024, 1.3, false}, {2048, 1.3}})), "2048");
  EXPECT_EQ(of({{1024, 1.3}, {2048, 1.3, false}}).kind, BreakEven::Kind::never);
  double const nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(to_text(of({{1024, nan}, {2048, 1.3}})), "2048");
}

TEST(BreakEven, ContextsThatDoNotAscendBreakTheContract) {
  EXPECT_THROW((void)of({{2048, 1}, {2048, 2}}), ContractError);
  EXPECT_THROW((void)of({}), ContractError);
}

TEST(FullReference, IsTheQuickestRowThatHasATime) {
  FullReference full;
  EXPECT_TRUE(std::isnan(full.speedup(10)));
  EXPECT_FALSE(full.add(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(full.add(40));
  EXPECT_TRUE(full.add(30));
  EXPECT_FALSE(full.add(50));
  EXPECT_EQ(full.time_ns(), 30);
  EXPECT_EQ(full.speedup(10), 3);
}

TEST(IdealSpeedup, IsTheRatioOfTheBlocks) {
  EXPECT_EQ(ideal_speedup(300, 100), 3);
  EXPECT_EQ(ideal_speedup(300, 0), 1);
}

}  // namespace
}  // namespace fluxscope
