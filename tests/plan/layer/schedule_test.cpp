#include "plan/layer/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

TEST(OneTilePerCta, IsWhatTheGridOfALaunchOfManyTilesSays) {
  // 40 rows of unequal length on 2 SMs of 3 CTAs: far more tiles than slots.
  TileRows rows;
  for (std::int32_t i = 0; i < 40; ++i) {
    rows.rows.push_back(
        {.whole = {.head = static_cast<std::uint16_t>(i), .kv_count = i + 1}, .blocks = i + 1});
  }
  DeviceSlots const slots{.sm_count = 2, .decode_ctas_per_sm = 3};
  for (Scheduler const scheduler :
       {Scheduler::natural, Scheduler::longest_first, Scheduler::persistent,
        Scheduler::balanced_split, Scheduler::longest_spread}) {
    auto const launches = schedule_rows(rows, Phase::decode, SplitRule::none, scheduler, slots);

    bool const a_cta_each =
        launches[0].grid_ctas == static_cast<std::int32_t>(launches[0].tiles.size());
    EXPECT_EQ(one_tile_per_cta(scheduler), a_cta_each) << to_text(scheduler);
  }
}

TEST(SpreadEvenly, TheFirstEntriesOfEveryNumberLieFarApart) {
  // 132 places, an entry's length its number: entries 0 to n - 1 must leave no gap of more than
  // 132 / n places rounded up to the next power of two's grid, twice that at most.
  std::vector<Tile> tiles(132);
  for (std::uint16_t i = 0; i < 132; ++i) tiles[i].head = i;
  spread_evenly(tiles);

  for (int n = 1; n <= 132; ++n) {
    int widest = 0;
    int last = -1;
    for (int place = 0; place < 132; ++place) {
      if (tiles[static_cast<std::size_t>(place)].head >= n) continue;
      widest = std::max(widest, place - last);
      last = place;
    }
    widest = std::max(widest, 132 - last);
    int grid = 1;
    while (grid < n) grid *= 2;
    EXPECT_LE(widest, 2 * ((256 + grid - 1) / grid)) << n;
  }
}

TEST(SpreadEvenly, KeepsEveryTile) {
  std::vector<Tile> tiles(37);
  for (std::uint16_t i = 0; i < 37; ++i) tiles[i].head = i;
  spread_evenly(tiles);

  std::vector<int> heads;
  for (Tile const& tile : tiles) heads.push_back(tile.head);
  std::sort(heads.begin(), heads.end());
  for (int i = 0; i < 37; ++i) EXPECT_EQ(heads[static_cast<std::size_t>(i)], i);
}

TEST(LongestSpread, LaterWavesStayLongestFirst) {
  TileRows rows;
  for (std::int32_t i = 0; i < 12; ++i) {
    rows.rows.push_back(
        {.whole = {.head = static_cast<std::uint16_t>(i), .kv_count = i + 1}, .blocks = i + 1});
  }
  DeviceSlots const slots{.sm_count = 4};
  auto const launch =
      schedule_rows(rows, Phase::decode, SplitRule::none, Scheduler::longest_spread, slots)[0];

  std::vector<int> blocks;
  for (Tile const& tile : launch.tiles) blocks.push_back(visited_blocks(tile));
  // Four SMs: places 0, 2, 1, 3 in bit-reversed order get 12, 11, 10, 9.
  EXPECT_EQ(blocks, (std::vector{12, 10, 11, 9, 8, 7, 6, 5, 4, 3, 2, 1}));
}

}  // namespace
}  // namespace fluxscope::plan
