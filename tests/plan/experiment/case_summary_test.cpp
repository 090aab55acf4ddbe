#include "plan/experiment/case_summary.hpp"

#include <gtest/gtest.h>

namespace fluxscope::plan {
namespace {

TEST(CaseSummary, DecodeNumbersAreThoseOfTheLayer) {
  // 2 requests of 40 and 8 blocks, 4 KV heads, 1 full; the others read 1 + 2 blocks.
  Case one;
  one.plan = {.phase = Phase::decode,
              .shape = {.q_heads = 8, .kv_heads = 4, .head_dim = 128},
              .sequences = {{1, 40 * 128}, {1, 8 * 128}},
              .execution = Execution::masked};
  for (int i = 0; i < 16; ++i) {
    one.plan.selections.push_back(i % 8 < 2 ? Selection{}
                                            : Selection{SelectionKind::streaming, 128, 256, 0});
  }

  auto const summary = summarize(one, make_layer_work(one.plan, {.sm_count = 1}));

  EXPECT_EQ(summary.phase, "decode");
  EXPECT_EQ(summary.execution, "masked");
  EXPECT_EQ(summary.scheduler, "natural");
  EXPECT_EQ(summary.batch, 2);
  EXPECT_EQ(summary.q_len, 1);
  EXPECT_EQ(summary.kv_len, 40 * 128);
  EXPECT_EQ(summary.launches, 1);
  EXPECT_EQ(summary.tiles, 8);
  EXPECT_EQ(summary.longest_tile_blocks, 40);
  EXPECT_EQ(summary.selected_blocks, 40 + 3 * 3 + 8 + 3 * 3);
  EXPECT_EQ(summary.full_blocks, 4 * 48);
  EXPECT_EQ(summary.visited_blocks, 4 * 48);
  // A block of K and V: 128 tokens x 128 x 2 bytes, twice.
  EXPECT_EQ(kv_block_bytes(one.plan.shape), 65536);
  EXPECT_EQ(summary.kv_bytes_selected, 66 * 65536);
  EXPECT_EQ(summary.kv_bytes_held, 4 * 48 * 65536);
}

TEST(CaseSummary, PrefillCountsPairsOfBlocksPerQueryHead) {
  // 4 query blocks: 1 + 2 + 3 + 4 pairs per head.
  Case one;
  one.plan = {.shape = {.q_heads = 2, .kv_heads = 1, .head_dim = 64},
              .sequences = {{512, 512}},
              .selections = {{}, {}}};

  auto const summary = summarize(one, make_layer_work(one.plan, {.sm_count = 1}));

  EXPECT_EQ(summary.full_blocks, 20);
  EXPECT_EQ(summary.selected_blocks, 20);
  EXPECT_EQ(summary.tiles, 8);
  EXPECT_EQ(summary.longest_tile_blocks, 4);
}

TEST(CaseSummary, PrefillSelectsEachKvBlockOnceHoweverManyRowsReadIt) {
  // 2 KV heads of 2 query heads, 64 blocks of context. 8 blocks of new queries behind 56: a full KV
  // head reads all 64; one whose two query heads stream (1 + 2 blocks) reads block 0 and, from its
  // first query block's window on, blocks 55 to 63.
  Case one;
  one.plan = {.shape = {.q_heads = 4, .kv_heads = 2, .head_dim = 64},
              .sequences = {{8 * 128, 64 * 128}},
              .execution = Execution::fused};
  Selection const sparse{SelectionKind::streaming, 128, 256, 0};
  one.plan.selections = {{}, {}, sparse, sparse};

  auto const summary = summarize(one, make_layer_work(one.plan, {.sm_count = 1}));

  // K and V of a block at head_dim 64: 128 x 64 x 2 bytes, twice.
  EXPECT_EQ(summary.kv_bytes_selected, (64 + 1 + 9) * 32768);
  EXPECT_EQ(summary.kv_bytes_held, 2 * 64 * 32768);
  // Pairs count every row: 57 ... 64 of 2 full heads, 3 of 8 rows of 2 sparse ones.
  EXPECT_EQ(summary.selected_blocks, 2 * (57 + 64) * 8 / 2 + 2 * 8 * 3);
}

TEST(CaseSummary, AWholePrefillSelectsNoMoreThanItHolds) {
  for (bool const full : {true, false}) {
    Case one;
    one.plan = {.shape = {.q_heads = 4, .kv_heads = 1, .head_dim = 128},
                .sequences = {{8192, 8192}}};
    one.plan.selections.assign(
        4, full ? Selection{} : Selection{SelectionKind::streaming, 128, 1024, 0});

    auto const summary = summarize(one, make_layer_work(one.plan, {.sm_count = 1}));

    EXPECT_EQ(summary.kv_bytes_selected, std::int64_t{8192} * 128 * 2 * 2);
    EXPECT_EQ(summary.kv_bytes_selected, summary.kv_bytes_held);
  }
}

}  // namespace
}  // namespace fluxscope::plan
