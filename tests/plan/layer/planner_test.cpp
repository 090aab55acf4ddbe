// make_layer_work on small layers that are worked out by hand.

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {
namespace {

constexpr DeviceSlots kOneSlot{.sm_count = 1};  // rows fill it: uniform splits cut nothing
constexpr Selection kStreaming{
    .kind = SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 128};

/// Decode, 2 KV heads of 2 query heads each, one request of 5 blocks per entry; `full[r]` says
/// which KV heads of request r are full.
LayerPlan decode_layer(std::vector<std::vector<bool>> const& full, Execution execution) {
  LayerPlan plan{.phase = Phase::decode,
                 .shape = {.q_heads = 4, .kv_heads = 2, .head_dim = 128},
                 .execution = execution};
  for (auto const& request : full) {
    plan.sequences.push_back({1, 640});
    for (bool const is_full : request) {
      plan.selections.insert(plan.selections.end(), 2, is_full ? Selection{} : kStreaming);
    }
  }
  return plan;
}

std::vector<int> sequences_of(WorkList const& list) {
  std::vector<int> sequences;
  for (Tile const& tile : list.tiles) sequences.push_back(tile.seq);
  return sequences;
}

TEST(Planner, MaskedLoadsEveryBlockAndMarksTheUnselected) {
  auto const work = make_layer_work(decode_layer({{true, false}}, Execution::masked), kOneSlot);

  ASSERT_EQ(work.launches.size(), 1u);
  WorkList const& list = work.launches[0];
  ASSERT_EQ(list.tiles.size(), 2u);
  EXPECT_EQ(list.tiles[0].kind, TileKind::range);  // the full head needs no list
  ASSERT_EQ(list.tiles[1].kind, TileKind::list);
  EXPECT_EQ(list.block_list, (std::vector<std::uint32_t>{0, 1 | kMaskedOutBit, 2 | kMaskedOutBit,
                                                         3 | kMaskedOutBit, 4}));
  EXPECT_EQ(work.visited_blocks, 10);
  EXPECT_EQ(work.selected_blocks, 5 + 2);
}

TEST(Planner, MaskedRowsOfEqualRangesShareAList) {
  auto const work = make_layer_work(decode_layer({{false, false}}, Execution::masked), kOneSlot);

  EXPECT_EQ(work.launches[0].block_list.size(), 5u);
  EXPECT_EQ(work.launches[0].tiles[0].kv_begin, work.launches[0].tiles[1].kv_begin);
}

TEST(Planner, TwoPoolLaunchesFullHeadsThenSparseHeads) {
  auto const work =
      make_layer_work(decode_layer({{true, false}, {false, true}}, Execution::two_pool), kOneSlot);

  ASSERT_EQ(work.launches.size(), 2u);
  EXPECT_EQ(work.launches[0].total_visited_blocks(), 2 * 5);
  EXPECT_EQ(work.launches[1].total_visited_blocks(), 2 * 2);
  EXPECT_EQ(work.launches[0].tiles[1].head, 1);  // of request 1
}

TEST(Planner, AClassWithoutHeadsHasNoLaunch) {
  auto const full = make_layer_work(decode_layer({{true, true}}, Execution::two_pool), kOneSlot);
  auto const sparse = make_layer_work(decode_layer({{false, false}}, Execution::gather), kOneSlot);

  EXPECT_EQ(full.launches.size(), 1u);
  ASSERT_EQ(sparse.launches.size(), 2u);  // the copy, then the sparse heads
  EXPECT_EQ(sparse.launches[0].op, LaunchOp::gather_kv);
  EXPECT_EQ(sparse.launches[1].op, LaunchOp::decode);
}

TEST(Planner, GatherCopiesEachTouchedBlockOnceAndThenReadsTheCopies) {
  auto const work = make_layer_work(decode_layer({{true, false}}, Execution::gather), kOneSlot);

  ASSERT_EQ(work.launches.size(), 3u);
  WorkList const& copy = work.launches[0];
  ASSERT_EQ(copy.tiles.size(), 5u + 2u);
  EXPECT_EQ(copy.grid_ctas, 7);
  EXPECT_EQ(copy.tiles[6].head, 1);
  EXPECT_EQ(copy.tiles[6].kv_begin, 4);
  EXPECT_EQ(copy.tiles[6].kv_count, 1);
}

TEST(Planner, FusedGivesEveryRowTheSameSplitsAndBalancedCutsByWork) {
  // 2 rows of 40 and 2 blocks on 8 slots.
  LayerPlan plan = decode_layer({{true, false}}, Execution::fused);
  plan.sequences[0].kv_len = 40 * 128;
  auto const fused = make_layer_work(plan, {.sm_count = 8});
  plan.execution = Execution::balanced;
  auto const balanced = make_layer_work(plan, {.sm_count = 8});

  // fused: 4 splits fill 8 slots; the short row has 2 blocks, so 2 pieces of one block.
  EXPECT_EQ(fused.launches[0].tiles.size(), 4u + 2u);
  EXPECT_EQ(fused.launches[0].tiles[0].num_splits, 4);
  // balanced: chunks of 6 make 7 + 1 = 8 tiles of one wave: cost 8 + 0.7.
  EXPECT_EQ(balanced.launches[0].tiles.size(), 7u + 1u);
  EXPECT_EQ(balanced.launches[0].tiles[7].num_splits, 1);
  ASSERT_EQ(balanced.launches.size(), 2u);
  EXPECT_EQ(balanced.launches[1].op, LaunchOp::combine);
  EXPECT_EQ(balanced.launches[1].tiles.size(), 1u);
}

TEST(Planner, PrefillSplitsOnlyUnderBalanced) {
  LayerPlan plan{.shape = {.q_heads = 2, .kv_heads = 1, .head_dim = 64},
                 .sequences = {{2048, 2048}},
                 .selections = {{}, kStreaming},
                 .execution = Execution::fused};
  DeviceSlots const slots{.sm_count = 132};

  auto const fused = make_layer_work(plan, slots);
  plan.execution = Execution::balanced;
  auto const balanced = make_layer_work(plan, slots);

  EXPECT_EQ(fused.launches.size(), 1u);
  EXPECT_EQ(fused.launches[0].tiles.size(), 2u * 16u);
  EXPECT_GT(balanced.launches[0].tiles.size(), 32u);
  EXPECT_EQ(balanced.launches.back().op, LaunchOp::combine);
}

class BatchRules : public ::testing::Test {
 protected:
  static LayerWork work(BatchRule rule) {
    LayerPlan plan =
        decode_layer({{true, true}, {false, false}, {true, true}}, Execution::layer_uniform);
    plan.batch_rule = rule;
    return make_layer_work(plan, kOneSlot);
  }
};

TEST_F(BatchRules, AnyFullMakesTheWholeBatchFull) {
  auto const any_full = work(BatchRule::any_full);

  ASSERT_EQ(any_full.launches.size(), 1u);
  EXPECT_EQ(any_full.visited_blocks, 3 * 2 * 5);
  EXPECT_EQ(any_full.selected_blocks, 2 * 2 * 5 + 2 * 2);
}

TEST_F(BatchRules, GroupByGateLaunchesEachKindOfRequestOnce) {
  auto const grouped = work(BatchRule::group_by_gate);

  ASSERT_EQ(grouped.launches.size(), 2u);
  EXPECT_EQ(sequences_of(grouped.launches[0]), (std::vector<int>{0, 0, 2, 2}));
  EXPECT_EQ(sequences_of(grouped.launches[1]), (std::vector<int>{1, 1}));
}

TEST_F(BatchRules, PerRequestLaunchesEachRequest) {
  auto const each = work(BatchRule::per_request);

  ASSERT_EQ(each.launches.size(), 3u);
  for (int seq = 0; seq < 3; ++seq) {
    EXPECT_EQ(sequences_of(each.launches[static_cast<std::size_t>(seq)]),
              (std::vector<int>{seq, seq}));
  }
}

TEST_F(BatchRules, RequestsAlikeShareOneLaunchUnderEveryRule) {
  for (BatchRule const rule :
       {BatchRule::any_full, BatchRule::group_by_gate, BatchRule::per_request}) {
    LayerPlan plan = decode_layer({{false, false}, {false, false}}, Execution::layer_uniform);
    plan.batch_rule = rule;
    auto const work = make_layer_work(plan, kOneSlot);
    ASSERT_EQ(work.launches.size(), 1u);
    EXPECT_EQ(work.visited_blocks, 2 * 2 * 2);
  }
}

TEST(Planner, LayerUniformRefusesHeadsThatDiffer) {
  EXPECT_THROW(
      (void)make_layer_work(decode_layer({{true, false}}, Execution::layer_uniform), kOneSlot),
      InputError);
}

TEST(Planner, ADeviceWithoutSlotsIsABrokenContract) {
  EXPECT_THROW((void)make_layer_work(decode_layer({{true, false}}, Execution::fused), {}),
               ContractError);
}

}  // namespace
}  // namespace fluxscope::plan
