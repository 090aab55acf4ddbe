#include "analysis/verdict/interval.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

TEST(Interval, MeasuredTimesVaryOnTheirOwn) {
  // 100 (90 to 120) over 50 (40 to 60): 90 / 60 to 120 / 40.
  auto const ratio = time_ratio({100, 90, 120}, {50, 40, 60}, IntervalKind::samples);

  EXPECT_EQ(ratio.value, 2);
  EXPECT_EQ(ratio.low, 1.5);
  EXPECT_EQ(ratio.high, 3);
}

TEST(Interval, TimesOfOneModelArePaired) {
  // Ratio of the lows 90 / 40 = 2.25, of the highs 120 / 60 = 2.
  auto const ratio = time_ratio({100, 90, 120}, {50, 40, 60}, IntervalKind::model);

  EXPECT_EQ(ratio.low, 2);
  EXPECT_EQ(ratio.high, 2.25);
}

TEST(Interval, AnErrorThatTwoTimesShareCancels) {
  // Both intervals are -10 % to +30 %.
  auto const ratio = time_ratio({100, 90, 130}, {50, 45, 65}, IntervalKind::model);

  EXPECT_TRUE(close(ratio.low, 2, {0, 1e-15}));
  EXPECT_TRUE(close(ratio.high, 2, {0, 1e-15}));
}

TEST(Interval, NoWinnerWhereTheIntervalHoldsOneOrTheTimesAreClose) {
  EXPECT_EQ(order_of({1.10, 0.99, 1.2}), Order::equal);
  EXPECT_EQ(order_of({1.10, 1.01, 1.2}), Order::quicker);
  EXPECT_EQ(order_of({0.90, 0.80, 1.01}), Order::equal);
  EXPECT_EQ(order_of({0.90, 0.80, 0.99}), Order::slower);
  EXPECT_EQ(order_of({1.019, 1.018, 1.0195}), Order::equal);
  EXPECT_EQ(order_of({1.021, 1.0205, 1.022}), Order::quicker);
}

TEST(Interval, WithoutEndsTheTimesAloneDecide) {
  EXPECT_EQ(order_of({1.03, kNone, kNone}), Order::quicker);
  EXPECT_EQ(order_of({0.97, kNone, kNone}), Order::slower);
  EXPECT_EQ(order_of({kNone, kNone, kNone}), Order::equal);
}

TEST(Interval, OrderTurnsRoundWithTheRatio) {
  for (int percent = 90; percent <= 112; ++percent) {
    double const ratio = percent / 100.0;
    auto const forward = static_cast<int>(order_of({ratio, kNone, kNone}));
    auto const backward = static_cast<int>(order_of({1 / ratio, kNone, kNone}));
    EXPECT_EQ(forward + backward, 2) << ratio;
  }
}

TEST(Interval, TheWeakestProvenanceStands) {
  EXPECT_EQ(weaker_provenance("measured", "transferred"), "transferred");
  EXPECT_EQ(weaker_provenance("extrapolated", "calibrated"), "extrapolated");
  EXPECT_EQ(weaker_provenance("interpolated", "interpolated"), "interpolated");
  EXPECT_EQ(weaker_provenance("transferred", ""), "");
}

}  // namespace
}  // namespace fluxscope::analysis
