#include "sim/cost/gemm_table.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/close.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;

// 10 SMs; a wave of 128 x 128 tiles over k = 1000 is 10 x 2 x 128 x 128 x 1000 = 3.2768e8 FLOP:
// 1000 ns. The memory is so quick that it never counts.
constexpr GemmRates kCompute{.sm_count = 10, .flop_per_s = 3.2768e14, .bytes_per_s = 1e18};

GemmPoint point(std::int64_t m, double time_ns, std::int64_t n = 1280, std::int64_t k = 1000) {
  return {.shape = {m, n, k}, .time_ns = time_ns, .tile_m = 128, .tile_n = 128};
}

/// Waves by dealing the tiles to SMs one by one.
int waves(std::int64_t m, std::int64_t n, int sms) {
  int tiles = 0;
  for (std::int64_t row = 0; row < m; row += 128) {
    for (std::int64_t column = 0; column < n; column += 128) ++tiles;
  }
  int count = 0;
  for (; tiles > 0; tiles -= sms) ++count;
  return count;
}

TEST(GemmTable, APointIsItsOwnTime) {
  GemmTable const table({point(1024, 10000), point(128, 1250)}, kCompute);
  EXPECT_EQ(table.time({128, 1280, 1000}).time_ns, 1250);
  EXPECT_EQ(table.time({1024, 1280, 1000}).time_ns, 10000);
  EXPECT_EQ(table.time({128, 1280, 1000}).standing, Standing::calibrated);
}

// Points at 1.25 times their floor: everything between them is 1.25 times whole waves.
TEST(GemmTable, BetweenPointsTimeGoesInWholeWaves) {
  GemmTable const table({point(128, 1250), point(1024, 10000)}, kCompute);
  for (std::int64_t const m : {129, 256, 257, 500, 640, 1000, 1023}) {
    auto const found = table.time({m, 1280, 1000});
    EXPECT_TRUE(close(found.time_ns, 1250 * waves(m, 1280, 10), {0, 1e-12})) << m;
    EXPECT_EQ(found.standing, Standing::interpolated);
  }
}

// Twice the floor at one wave, the floor itself at four: in the middle of log m, sqrt(2) times.
TEST(GemmTable, WhatWavesDoNotSayChangesWithLogM) {
  GemmTable const table({point(128, 2000), point(512, 4000)}, kCompute);
  EXPECT_TRUE(close(table.time({256, 1280, 1000}).time_ns, 2000 * std::sqrt(2.0), {0, 1e-12}));
}

// A byte a ns: 2 (m 1000 + 1000 x 1000 + m 1000) bytes, whatever the waves.
TEST(GemmTable, FewRowsTakeTheTimeOfTheirBytes) {
  GemmRates const memory{.sm_count = 10, .flop_per_s = 1e18, .bytes_per_s = 1e9};
  auto const bytes = [](double m) { return 2 * (2000 * m + 1e6); };
  GemmTable const table({point(1, 3 * bytes(1), 1000), point(64, 3 * bytes(64), 1000)}, memory);
  EXPECT_TRUE(close(table.time({16, 1000, 1000}).time_ns, 3 * bytes(16), {0, 1e-12}));
}

// One tile of 128 x 128, k in 4 parts: 4 CTAs of a quarter of the work, one wave of 250 ns. 48 such
// CTAs (12 tiles) are five waves.
TEST(GemmTable, SplitsOfKAreCtasOfTheirOwn) {
  GemmPoint split = point(128, 500, 128);
  split.splits = 4;
  EXPECT_TRUE(close(GemmTable::floor_ns(split.shape, split, kCompute), 250, {0, 1e-12}));
  EXPECT_TRUE(close(GemmTable::floor_ns({1536, 128, 1000}, split, kCompute), 1250, {0, 1e-12}));
}

TEST(GemmTable, BeyondThePointsTheNearestOnesRatioHolds) {
  GemmTable const table({point(128, 1250), point(1024, 10000)}, kCompute);
  auto const more = table.time({2048, 1280, 1000});
  EXPECT_TRUE(close(more.time_ns, 20000, {0, 1e-12}));  // 16 waves
  EXPECT_EQ(more.standing, Standing::extrapolated);
  EXPECT_TRUE(close(table.time({1, 1280, 1000}).time_ns, 1250, {0, 1e-12}));  // still one wave
}

TEST(GemmTable, OtherWeightsTakeTheRatioOfTheNearestOnes) {
  GemmTable const table({point(128, 1250), point(128, 9000, 12800)}, kCompute);
  auto const wider = table.time({128, 2560, 1000});  // twice as wide: two waves
  EXPECT_TRUE(close(wider.time_ns, 2500, {0, 1e-12}));
  EXPECT_EQ(wider.standing, Standing::extrapolated);
}

// The middle point is a tenth above what its neighbours say; ends cannot be left out.
TEST(GemmTable, TheIntervalComesFromPointsLeftOut) {
  GemmTable const table({point(128, 1250), point(256, 1.1 * 2500), point(1024, 10000)}, kCompute);
  EXPECT_EQ(table.evidence().points, 1);
  EXPECT_TRUE(close(table.evidence().low_ratio, 1.1, {0, 1e-12}));
  EXPECT_TRUE(close(table.evidence().high_ratio, 1.1, {0, 1e-12}));
  EXPECT_TRUE(std::isnan(GemmTable({point(128, 1), point(256, 2)}, kCompute).evidence().low_ratio));
}

}  // namespace
}  // namespace fluxscope::sim
