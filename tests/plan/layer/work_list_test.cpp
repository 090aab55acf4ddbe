// Properties of make_layer_work over many random layers.

#include "plan/layer/work_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "base/schedule/list_schedule.hpp"
#include "plan/layer/kv_sections.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/split.hpp"
#include "plan/layer/tile_rows.hpp"
#include "tests/base/schedule/brute_force_makespan.hpp"
#include "tests/plan/layer/random_plan.hpp"

namespace fluxscope::plan {
namespace {

constexpr int kRounds = 400;
constexpr Scheduler kSchedulers[] = {Scheduler::natural, Scheduler::longest_first,
                                     Scheduler::persistent, Scheduler::balanced_split};

using RowKey = std::tuple<int, int, int>;  // seq, head, q_block
using Entries = std::vector<std::uint32_t>;

RowKey key_of(Tile const& tile) { return {tile.seq, tile.head, tile.q_block}; }

bool is_attention(WorkList const& list) {
  return list.op == LaunchOp::prefill || list.op == LaunchOp::decode;
}

/// The blocks that a tile visits, with kMaskedOutBit.
Entries entries_of(WorkList const& list, Tile const& tile) {
  Entries entries;
  for (std::int32_t i = 0; i < tile.sink_count; ++i) {
    entries.push_back(static_cast<std::uint32_t>(tile.sink_begin + i));
  }
  for (std::int32_t i = 0; i < tile.kv_count; ++i) {
    auto const place = static_cast<std::uint32_t>(tile.kv_begin + i);
    entries.push_back(tile.kind == TileKind::list ? list.block_list.at(place) : place);
  }
  return entries;
}

/// Per row, its tiles' blocks in the order of the splits, over all attention launches.
std::map<RowKey, Entries> visits_of(LayerWork const& work) {
  std::map<RowKey, std::map<int, Entries>> pieces;
  for (WorkList const& list : work.launches) {
    if (!is_attention(list)) continue;
    for (Tile const& tile : list.tiles) {
      auto const [place, is_new] =
          pieces[key_of(tile)].try_emplace(tile.split, entries_of(list, tile));
      EXPECT_TRUE(is_new) << "a piece is there twice";
    }
  }
  std::map<RowKey, Entries> rows;
  for (auto const& [key, splits] : pieces) {
    for (auto const& [split, entries] : splits) {
      rows[key].insert(rows[key].end(), entries.begin(), entries.end());
    }
  }
  return rows;
}

/// Requests differ, one of them is full, and the rule makes all of them full.
bool all_become_full(LayerPlan const& plan) {
  if (plan.execution != Execution::layer_uniform || plan.batch_rule != BatchRule::any_full) {
    return false;
  }
  auto const count =
      std::count_if(plan.selections.begin(), plan.selections.end(),
                    [](Selection const& s) { return s.kind == SelectionKind::full; });
  return count > 0;
}

/// What visits_of must be, from token positions.
std::map<RowKey, Entries> expected_visits(LayerPlan const& plan) {
  std::map<RowKey, Entries> rows;
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  bool const prefill = plan.phase == Phase::prefill;
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    for (int head = 0; head < (prefill ? plan.shape.q_heads : plan.shape.kv_heads); ++head) {
      for (int q = 0; q < blocks_of(plan.sequences[seq].q_len); ++q) {
        auto const visible = testing::visible_by_token(plan, seq, q);
        auto const selected =
            testing::selected_by_token(plan, seq, prefill ? head : head * group, q);
        auto& row = rows[{static_cast<int>(seq), head, q}];
        for (std::int32_t const block : visible) {
          bool const in = std::binary_search(selected.begin(), selected.end(), block);
          auto const entry = static_cast<std::uint32_t>(block);
          if (in || all_become_full(plan)) {
            row.push_back(entry);
          } else if (plan.execution == Execution::masked) {
            row.push_back(entry | kMaskedOutBit);
          }
        }
      }
    }
  }
  return rows;
}

std::string describe(LayerPlan const& plan) {
  return to_text(plan.phase) + " " + to_text(plan.execution) + " " + to_text(plan.scheduler) + " " +
         to_text(plan.batch_rule);
}

std::vector<std::int64_t> durations_of(WorkList const& list) {
  std::vector<std::int64_t> durations;
  for (Tile const& tile : list.tiles) durations.push_back(visited_blocks(tile) + 2);
  return durations;
}

TEST(WorkListProperty, BytesAndFlopOfTheTilesAreThoseOfTheTokensThatTheyRead) {
  // By tokens: a pair of blocks in prefill multiplies 128 x 128 scores and as many weights, 2 FLOP
  // per product; a decode row reads 128 K and V rows of 2 bytes a number for its whole group.
  Random random(21);
  for (int round = 0; round < 100; ++round) {
    LayerPlan const plan = testing::random_plan(random);
    LayerWork const work = make_layer_work(plan, testing::random_slots(random));
    std::int64_t entries = 0;
    for (auto const& [key, row] : expected_visits(plan)) {
      entries += static_cast<std::int64_t>(row.size());
    }
    std::int64_t const rows =
        plan.phase == Phase::prefill ? 128 : plan.shape.q_heads / plan.shape.kv_heads;
    std::int64_t bytes = 0;
    std::int64_t flop = 0;
    for (WorkList const& list : work.launches) {
      if (!is_attention(list)) continue;
      OpRow const& op = op_row(list.op);
      for (Tile const& tile : list.tiles) {
        bytes += visited_blocks(tile) * op.block_bytes(plan.shape, plan.phase);
        flop += visited_blocks(tile) * op.block_flop(plan.shape, plan.phase);
      }
    }

    EXPECT_EQ(bytes, entries * 128 * 2 * 2 * plan.shape.head_dim) << describe(plan);
    EXPECT_EQ(flop, entries * rows * 128 * 2 * 2 * plan.shape.head_dim) << describe(plan);
  }
}

TEST(WorkListProperty, EverySelectedPairIsCoveredExactlyOnceAndMaskedMarksExactlyTheOthers) {
  Random random(1);
  for (int round = 0; round < kRounds; ++round) {
    LayerPlan const plan = testing::random_plan(random);

    auto const work = make_layer_work(plan, testing::random_slots(random));

    ASSERT_EQ(visits_of(work), expected_visits(plan)) << "round " << round << " " << describe(plan);
  }
}

TEST(WorkListProperty, TotalWorkIsConservedUnderEverySchedulerExecutionAndSplit) {
  Random random(2);
  for (int round = 0; round < kRounds / 4; ++round) {
    LayerPlan plan = testing::random_plan(random);
    std::int64_t selected = 0;
    std::int64_t visible = 0;
    plan.execution = Execution::masked;
    for (auto const& [key, entries] : expected_visits(plan)) {
      visible += static_cast<std::int64_t>(entries.size());
      selected += std::count_if(entries.begin(), entries.end(),
                                [](std::uint32_t entry) { return entry < kMaskedOutBit; });
    }
    for (Execution const execution : {Execution::masked, Execution::gather, Execution::two_pool,
                                      Execution::fused, Execution::balanced}) {
      for (Scheduler const scheduler : kSchedulers) {
        plan.execution = execution;
        plan.scheduler = scheduler;
        auto const work = make_layer_work(plan, testing::random_slots(random));
        EXPECT_EQ(work.selected_blocks, selected) << describe(plan);
        EXPECT_EQ(work.visited_blocks, execution == Execution::masked ? visible : selected)
            << describe(plan);
      }
    }
  }
}

TEST(WorkListProperty, PiecesOfARowAreNumberedAndMergedOnce) {
  Random random(3);
  int split_rows = 0;
  for (int round = 0; round < kRounds; ++round) {
    LayerPlan const plan = testing::random_plan(random);
    auto const work = make_layer_work(plan, testing::random_slots(random));
    for (std::size_t i = 0; i < work.launches.size(); ++i) {
      WorkList const& list = work.launches[i];
      if (!is_attention(list)) continue;
      std::map<RowKey, std::map<int, std::int32_t>> slots;  // split -> partial slot
      std::map<RowKey, int> pieces;
      std::vector<int> taken(static_cast<std::size_t>(list.partial_slots), 0);
      for (Tile const& tile : list.tiles) {
        slots[key_of(tile)][tile.split] = tile.partial_slot;
        pieces[key_of(tile)] = tile.num_splits;
        ASSERT_EQ(tile.partial_slot >= 0, tile.num_splits > 1) << describe(plan);
        if (tile.partial_slot >= 0) ++taken.at(static_cast<std::size_t>(tile.partial_slot));
      }
      EXPECT_TRUE(std::all_of(taken.begin(), taken.end(), [](int n) { return n == 1; }));
      std::map<RowKey, Tile> merges;
      if (list.partial_slots > 0) {
        ASSERT_LT(i + 1, work.launches.size());
        ASSERT_EQ(work.launches[i + 1].op, LaunchOp::combine);
        std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
        std::size_t heads_alone = 0;
        for (Tile const& tile : work.launches[i + 1].tiles) {
          bool const alone = plan.phase == Phase::decode && tile.kv_count > kLoneMergeSplits;
          EXPECT_EQ(tile.merge_row,
                    alone ? heads_alone++ % static_cast<std::size_t>(group) + 1 : 0);
          if (tile.merge_row > 1) continue;
          EXPECT_TRUE(merges.emplace(key_of(tile), tile).second);
        }
        auto const lone = static_cast<std::size_t>(
            std::count_if(merges.begin(), merges.end(),
                          [](auto const& entry) { return entry.second.merge_row == 1; }));
        EXPECT_EQ(heads_alone, lone * static_cast<std::size_t>(group));
      }
      for (auto const& [key, count] : pieces) {
        ASSERT_EQ(slots[key].size(), static_cast<std::size_t>(count));
        EXPECT_EQ(slots[key].rbegin()->first, count - 1);
        ASSERT_EQ(merges.contains(key), count > 1);
        if (count == 1) continue;
        ++split_rows;
        EXPECT_EQ(merges[key].kv_begin, slots[key][0]);
        EXPECT_EQ(merges[key].kv_count, count);
        for (auto const& [split, slot] : slots[key]) EXPECT_EQ(slot, slots[key][0] + split);
      }
    }
  }
  EXPECT_GT(split_rows, 1000);  // the property was not empty
}

TEST(WorkListProperty, SchedulersOnlyOrderTheTiles) {
  Random random(4);
  for (int round = 0; round < kRounds / 4; ++round) {
    LayerPlan plan = testing::random_plan(random);
    auto const slots = testing::random_slots(random);
    plan.scheduler = Scheduler::natural;
    auto const natural = make_layer_work(plan, slots);
    plan.scheduler = Scheduler::longest_first;
    auto const longest = make_layer_work(plan, slots);
    plan.scheduler = Scheduler::persistent;
    auto const persistent = make_layer_work(plan, slots);
    ASSERT_EQ(natural.launches.size(), longest.launches.size());
    auto const sections = kv_sections(plan.shape, plan.sequences, slots.kv_section_bytes);
    auto const section = [&](Tile const& tile) {
      auto const heads = static_cast<std::size_t>(plan.shape.q_heads);
      return plan.phase == Phase::prefill ? sections[tile.seq * heads + tile.head] : 0;
    };
    for (std::size_t i = 0; i < natural.launches.size(); ++i) {
      if (!is_attention(natural.launches[i])) continue;
      auto const order = [](Tile const& a, Tile const& b) {
        return std::tuple(key_of(a), a.split) < std::tuple(key_of(b), b.split);
      };
      auto tiles = natural.launches[i].tiles;
      EXPECT_TRUE(std::is_sorted(tiles.begin(), tiles.end(), order)) << describe(plan);
      std::stable_sort(tiles.begin(), tiles.end(), [&](Tile const& a, Tile const& b) {
        return std::tuple(section(a), -visited_blocks(a)) <
               std::tuple(section(b), -visited_blocks(b));
      });
      EXPECT_EQ(longest.launches[i].tiles, tiles);
      EXPECT_EQ(persistent.launches[i].tiles, tiles);
      auto const count = static_cast<std::int32_t>(tiles.size());
      EXPECT_EQ(natural.launches[i].grid_ctas, count);
      EXPECT_EQ(longest.launches[i].grid_ctas, count);
      std::int32_t const per_sm =
          plan.phase == Phase::prefill ? slots.prefill_ctas_per_sm : slots.decode_ctas_per_sm;
      EXPECT_EQ(persistent.launches[i].grid_ctas, std::min(count, slots.sm_count * per_sm));
    }
  }
}

TEST(WorkListProperty, BalancedSplitGivesEveryCtaAnEqualShareOfTheNaturalOrder) {
  Random random(5);
  for (int round = 0; round < kRounds / 2; ++round) {
    LayerPlan plan = testing::random_plan(random);
    plan.scheduler = Scheduler::balanced_split;
    auto const slots = testing::random_slots(random);
    auto const work = make_layer_work(plan, slots);
    for (WorkList const& list : work.launches) {
      if (!is_attention(list)) continue;
      std::int32_t const slot_count = slots.sm_count * list.ctas_per_sm;
      std::int64_t const share = (list.total_visited_blocks() + slot_count - 1) / slot_count;
      ASSERT_EQ(list.cta_begin.size(), static_cast<std::size_t>(list.grid_ctas) + 1);
      EXPECT_EQ(list.cta_begin.front(), 0);
      EXPECT_EQ(list.cta_begin.back(), static_cast<std::int32_t>(list.tiles.size()));
      for (std::size_t cta = 0; cta + 1 < list.cta_begin.size(); ++cta) {
        EXPECT_LT(list.cta_begin[cta], list.cta_begin[cta + 1]);
        std::int64_t blocks = 0;
        for (std::int32_t i = list.cta_begin[cta]; i < list.cta_begin[cta + 1]; ++i) {
          blocks += visited_blocks(list.tiles[static_cast<std::size_t>(i)]);
        }
        bool const last = cta + 2 == list.cta_begin.size();
        EXPECT_TRUE(last ? blocks <= share : blocks == share) << blocks << " of " << share;
      }
      EXPECT_LE(list.grid_ctas, slot_count + 1);  // a last one may hold rows without a block
    }
  }
}

TEST(WorkListProperty, EveryOrdersMakespanLiesBetweenGrahamsBounds) {
  Random random(6);
  for (int round = 0; round < kRounds; ++round) {
    LayerPlan plan = testing::random_plan(random);
    if (plan.scheduler == Scheduler::balanced_split) plan.scheduler = Scheduler::natural;
    auto const slots = testing::random_slots(random);
    for (WorkList const& list : make_layer_work(plan, slots).launches) {
      if (list.tiles.empty()) continue;
      auto const durations = durations_of(list);
      std::int64_t const slot_count = slots.sm_count * list.ctas_per_sm;
      auto const sum = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
      auto const longest = *std::max_element(durations.begin(), durations.end());

      auto const makespan =
          list_schedule(durations, static_cast<std::uint32_t>(slot_count)).makespan;

      EXPECT_GE(makespan, longest);
      EXPECT_GE(makespan * slot_count, sum);
      EXPECT_LE(makespan * slot_count, sum + longest * slot_count);
    }
  }
}

TEST(WorkListProperty, LongestFirstIsWithinFourThirdsOfTheBruteForceOptimum) {
  Random random(7);
  int compared = 0;
  while (compared < 60) {
    LayerPlan plan = testing::random_plan(random);
    plan.phase = Phase::decode;
    for (SequenceShape& sequence : plan.sequences) sequence.q_len = 1;
    plan.selections.assign(plan.selections.size(), {});
    plan.execution = Execution::fused;
    plan.scheduler = Scheduler::longest_first;
    WorkList const list = make_layer_work(plan, {.sm_count = 3}).launches[0];
    if (list.tiles.size() < 4 || list.tiles.size() > 10) continue;
    ++compared;
    auto const durations = durations_of(list);
    EXPECT_LE(3 * list_schedule(durations, 3).makespan,
              4 * fluxscope::testing::brute_force_makespan(durations, 3));
  }
}

TEST(WorkListProperty, TheSamePlanMakesTheSameWork) {
  Random random(8);
  for (int round = 0; round < 50; ++round) {
    LayerPlan const plan = testing::random_plan(random);
    auto const slots = testing::random_slots(random);
    auto const a = make_layer_work(plan, slots);
    auto const b = make_layer_work(plan, slots);
    ASSERT_EQ(a.launches.size(), b.launches.size());
    for (std::size_t i = 0; i < a.launches.size(); ++i) {
      EXPECT_EQ(a.launches[i].tiles, b.launches[i].tiles);
      EXPECT_EQ(a.launches[i].block_list, b.launches[i].block_list);
    }
  }
}

}  // namespace
}  // namespace fluxscope::plan
