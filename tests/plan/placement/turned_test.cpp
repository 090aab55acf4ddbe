#include "plan/placement/turned.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "plan/layer/schedule.hpp"

namespace fluxscope::plan {
namespace {

/// A launch of one tile per entry, as many blocks long; tile i reads head i.
WorkList list_of(std::vector<std::int32_t> const& blocks, Scheduler scheduler) {
  WorkList list{.op = LaunchOp::decode, .scheduler = scheduler};
  for (std::int32_t const count : blocks) {
    list.tiles.push_back(
        {.head = static_cast<std::uint16_t>(list.tiles.size()), .kv_count = count});
  }
  list.grid_ctas = static_cast<std::int32_t>(blocks.size());
  return list;
}

std::vector<int> heads(WorkList const& list) {
  std::vector<int> heads;
  for (Tile const& tile : list.tiles) heads.push_back(tile.head);
  return heads;
}

TEST(Turned, CtasThatAreResidentAtFirstDoWhatLaterOnesDid) {
  // 8 SMs: a turn is one CTA; tiles 8 and 9 wait for a free SM as before.
  auto const list = list_of({9, 8, 7, 6, 5, 4, 3, 2, 1, 1}, Scheduler::longest_first);

  EXPECT_EQ(heads(turned(list, 0, 8)), heads(list));
  EXPECT_EQ(heads(turned(list, 3, 8)), (std::vector{3, 4, 5, 6, 7, 0, 1, 2, 8, 9}));
  EXPECT_EQ(heads(turned(list, 8 + 3, 8)), heads(turned(list, 3, 8)));
}

TEST(Turned, SharesOfACtaMoveAsAWhole) {
  // 4 CTAs of 1, 2, 1 and 2 tiles: two turns of eight are one CTA.
  auto list = list_of({5, 1, 1, 4, 2, 2}, Scheduler::balanced_split);
  list.grid_ctas = 4;
  list.cta_begin = {0, 1, 3, 4, 6};

  auto const result = turned(list, 2, 4);

  EXPECT_EQ(heads(result), (std::vector{1, 2, 3, 4, 5, 0}));
  EXPECT_EQ(result.cta_begin, (std::vector<std::int32_t>{0, 2, 3, 5, 6}));
}

TEST(Turned, EveryTurnHasTheSameTiles) {
  auto const list = list_of({9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 7}, Scheduler::persistent);
  for (std::int32_t turn = 0; turn < kTurns; ++turn) {
    auto sorted = heads(turned(list, turn, 5));
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, heads(list)) << turn;
  }
}

TEST(Turns, WhereFirstCtasDoEqualWorkOrWavesAreManyOnePlaceIsEnough) {
  EXPECT_EQ(turns_of(list_of({4, 4, 4, 4, 1}, Scheduler::longest_first), 4), 1);
  EXPECT_EQ(turns_of(list_of({4, 4, 4, 3}, Scheduler::longest_first), 4), kTurns);
  std::vector<std::int32_t> many(17, 1);
  many[0] = 2;
  EXPECT_EQ(turns_of(list_of(many, Scheduler::longest_first), 1), 1);
  EXPECT_EQ(turns_of(list_of(many, Scheduler::longest_first), 2), kTurns);
}

}  // namespace
}  // namespace fluxscope::plan
