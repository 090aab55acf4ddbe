#include "runs/launch/tile_times.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fluxscope::runs {
namespace {

TEST(TileTimes, GroupsByVisitedBlocksWithNearestRankPercentiles) {
  std::vector<TileDuration> durations{{8, 500}};
  for (int i = 100; i >= 1; --i) durations.push_back({4, 1000 * i});

  auto const rows = tile_times(durations);

  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].visited_blocks, 4);
  EXPECT_EQ(rows[0].count, 100u);
  EXPECT_EQ(rows[0].min_ns, 1);
  EXPECT_EQ(rows[0].p50_ns, 50);
  EXPECT_EQ(rows[0].p99_ns, 99);
  EXPECT_EQ(rows[0].max_ns, 100);
  EXPECT_EQ(rows[0].mean_ns, 50.5);  // (1 + ... + 100) / 100
  EXPECT_EQ(rows[1].visited_blocks, 8);
  EXPECT_EQ(rows[1].count, 1u);
  EXPECT_EQ(rows[1].p99_ns, 0.5);
}

TEST(TileTimes, NoTilesGiveNoRows) { EXPECT_TRUE(tile_times({}).empty()); }

}  // namespace
}  // namespace fluxscope::runs
