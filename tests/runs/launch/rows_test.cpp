#include "runs/launch/rows.hpp"

#include <gtest/gtest.h>

namespace fluxscope::runs {
namespace {

LaunchRows two_ctas() {
  LaunchRows rows;
  rows.launch.case_id = 5;
  rows.launch.index = 1;
  rows.ctas.resize(2);
  rows.work.resize(3);
  rows.warps.resize(8);
  rows.tile_times.resize(1);
  return rows;
}

plan::WorkList three_tiles() {
  plan::WorkList list;
  list.tiles = {{.kv_count = 4}, {.sink_count = 1, .kv_count = 2}, {.head = 3, .kv_count = 4}};
  return list;
}

TEST(ApplyKeepRule, KeptRowsComeWithTheirTiles) {
  LaunchRows rows = two_ctas();
  Losses losses;

  apply({.ctas = true, .warps = true}, three_tiles(), rows, losses);

  EXPECT_EQ(rows.launch.ctas_kept, 2u);
  EXPECT_EQ(rows.launch.warps_kept, 8u);
  ASSERT_EQ(rows.tiles.size(), 3u);
  EXPECT_EQ(rows.tiles[2].case_id, 5u);
  EXPECT_EQ(rows.tiles[2].launch_index, 1u);
  EXPECT_EQ(rows.tiles[2].tile, 2u);
  EXPECT_EQ(rows.tiles[2].head, 3u);
  EXPECT_EQ(rows.tiles[1].visited_blocks, 3);
  for (traces::LossRecord const& loss : losses.records()) EXPECT_EQ(loss.count, 0) << loss.name;
}

TEST(ApplyKeepRule, RowsThatAreNotKeptAreCounted) {
  LaunchRows rows = two_ctas();
  Losses losses;

  apply({}, three_tiles(), rows, losses);

  EXPECT_TRUE(rows.ctas.empty());
  EXPECT_TRUE(rows.work.empty());
  EXPECT_TRUE(rows.warps.empty());
  EXPECT_TRUE(rows.tiles.empty());
  EXPECT_EQ(rows.tile_times.size(), 1u) << "always kept";
  EXPECT_EQ(rows.launch.ctas_kept, 0u);
  EXPECT_EQ(losses.count(Loss::cta_rows_aggregated), 2);
  EXPECT_EQ(losses.count(Loss::work_rows_aggregated), 3);
  EXPECT_EQ(losses.count(Loss::warp_rows_aggregated), 8);
}

}  // namespace
}  // namespace fluxscope::runs
