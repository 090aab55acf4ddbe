#include "sim/cost/rate_curve.hpp"

#include <gtest/gtest.h>

#include "tests/close.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;

/// 2 us and four bytes a ns.
double truth_ns(std::int64_t bytes) { return 2000 + static_cast<double>(bytes) / 4; }

RateCurve planted() {
  std::vector<RatePoint> points;
  for (std::int64_t bytes = 1 << 10; bytes <= std::int64_t{1} << 30; bytes *= 4) {
    points.push_back({bytes, truth_ns(bytes)});
  }
  return RateCurve(points);
}

TEST(RateCurve, GoesThroughItsPointsAndBendsBetweenThem) {
  RateCurve const curve = planted();
  for (std::int64_t bytes = 1 << 10; bytes < std::int64_t{1} << 30; bytes += bytes / 3) {
    // Four times apart, a cubic in logarithms keeps this bend within 3 %.
    EXPECT_TRUE(close(curve.time(bytes).time_ns, truth_ns(bytes), {0, 0.03})) << bytes;
  }
  EXPECT_EQ(curve.time(1 << 20).time_ns, truth_ns(1 << 20));
  EXPECT_EQ(curve.time(1 << 20).standing, Standing::calibrated);
  EXPECT_EQ(curve.time(3 << 20).standing, Standing::interpolated);
}

TEST(RateCurve, BeyondTheLastPointItIsFixedTimeAndBandwidth) {
  auto const far = planted().time(std::int64_t{1} << 34);
  EXPECT_TRUE(close(far.time_ns, truth_ns(std::int64_t{1} << 34), {0, 1e-9}));
  EXPECT_EQ(far.standing, Standing::extrapolated);
}

TEST(RateCurve, BelowTheFirstPointItTakesItsTime) {
  auto const near = planted().time(1);
  EXPECT_EQ(near.time_ns, truth_ns(1 << 10));
  EXPECT_EQ(near.standing, Standing::extrapolated);
}

TEST(RateCurve, NeverFallsWhereItsPointsDoNot) {
  RateCurve const curve({{1000, 500}, {2000, 500}, {4000, 500}, {8000, 4000}, {16000, 4100}});
  double before = 0;
  for (std::int64_t bytes = 900; bytes < 40000; bytes += 37) {
    double const now = curve.time(bytes).time_ns;
    EXPECT_GE(now, before * (1 - 1e-12)) << bytes;  // of logarithms and back
    before = now;
  }
}

// On a line in logarithms a point left out is predicted exactly; the second is a fifth too slow.
TEST(RateCurve, APointLeftOutIsPredictedByTheOthers) {
  auto const ratios = RateCurve({{1000, 100}, {10000, 1200}, {100000, 10000}}).left_out_ratios();
  ASSERT_EQ(ratios.size(), 1u);
  EXPECT_TRUE(close(ratios[0], 1.2, {0, 1e-12}));
}

}  // namespace
}  // namespace fluxscope::sim
