#include "plan/layer/decomposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "plan/layer/split.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::plan {
namespace {

using fluxscope::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr DeviceSlots kA100{
    .sm_count = 108, .prefill_ctas_per_sm = 2, .decode_ctas_per_sm = 2, .copy_ctas_per_sm = 8};

LayerPlan layer(Phase phase, std::size_t batch, SequenceShape sequence, std::int32_t q_heads,
                std::int32_t kv_heads, std::int32_t window_tokens = 0) {
  Selection selection;
  if (window_tokens > 0) {
    selection = {.kind = SelectionKind::streaming, .local_tokens = window_tokens};
  }
  LayerPlan plan{.phase = phase,
                 .shape = {.q_heads = q_heads, .kv_heads = kv_heads, .head_dim = 128}};
  plan.sequences.assign(batch, sequence);
  plan.selections.assign(batch * static_cast<std::size_t>(q_heads), selection);
  return plan;
}

std::vector<WorkList> launches(std::string const& name, LayerPlan const& plan, bool causal = true) {
  return decomposed_launches(plan, *decomposition_named(name), kA100, causal);
}

std::vector<std::int32_t> blocks_of_tiles(WorkList const& list) {
  std::vector<std::int32_t> blocks;
  for (Tile const& tile : list.tiles) blocks.push_back(visited_blocks(tile));
  return blocks;
}

TEST(FlashSplits, AreTheSmallestEfficientOnesThatShortenAPiece) {
  // 8 rows on 216 slots: 27 splits are a whole wave, so 0.85 x 216 = 183.6 CTAs are enough: 23
  // splits (184). 1024 steps: 45 a piece, one fewer split has 47.
  EXPECT_EQ(flash_splits(8, 1024, 216), 23);
  // 64 steps: 23 splits have 3 steps a piece, as 22 have (64 / 22 = 2.9): the next that shortens
  // is 32 (2 steps), whose 256 CTAs fill 0.59 of two waves: not efficient, nor is 64 (512 CTAs,
  // 0.79 of three). Of those that shorten, 22 is the best with 176 / 216 = 0.815.
  EXPECT_EQ(flash_splits(8, 64, 216), 22);
}

TEST(FlashSplits, AreOneFromEightyPercentOfTheSlotsOn) {
  EXPECT_EQ(flash_splits(173, 1024, 216), 1);  // 172.8
  // One wave to four are 0.796 full, five splits are 860 of 864 CTAs.
  EXPECT_EQ(flash_splits(172, 1024, 216), 5);
}

TEST(Decomposition, QueryBlocksAreThoseOfTheKernel) {
  auto const plan = layer(Phase::prefill, 1, {.q_len = 256, .kv_len = 256}, 1, 1);
  EXPECT_THAT(blocks_of_tiles(launches("flash2", plan)[0]), ElementsAre(1, 2));
  EXPECT_THAT(blocks_of_tiles(launches("vllm_flash2", plan)[1]), ElementsAre(1, 1, 2, 2));
}

TEST(Decomposition, AChunkSeesTheTokensBeforeIt) {
  auto const plan = layer(Phase::prefill, 1, {.q_len = 100, .kv_len = 612}, 1, 1);
  // Rows end at tokens 576 and 612: 4.5 and 4.8 blocks.
  EXPECT_THAT(blocks_of_tiles(launches("vllm_flash2", plan)[1]), ElementsAre(5, 5));
}

TEST(Decomposition, FlashInferCutsPrefillOfFewTiles) {
  // 2 x 108 CTAs over 32 KV heads: 6 tiles and pieces a head.
  auto const chunk = [](std::int32_t q_len, std::int32_t kv_len) {
    return launches("flashinfer", layer(Phase::prefill, 1, {q_len, kv_len}, 32, 32));
  };
  // One tile of 32 blocks: 6 pieces of up to 6 blocks; 100 rows of each head are merged by fours.
  auto const one = chunk(100, 4096);
  ASSERT_EQ(one.size(), 2u);
  EXPECT_EQ(one[0].tiles.size(), 6u * 32);
  EXPECT_EQ(one[0].partial_slots, 6 * 32);
  EXPECT_EQ(one[1].op, LaunchOp::combine);
  EXPECT_EQ(one[1].tiles.size(), 100u * 32 / 4);
  EXPECT_EQ(visited_blocks(one[1].tiles[0]), 6);
  // Two tiles, chunks of a block: the first row sees one of them, the second two.
  auto const two = chunk(192, 192);
  EXPECT_EQ(two[0].tiles.size(), 3u * 32);
  EXPECT_EQ(two[0].partial_slots, 2 * 32);
  // Four tiles: a piece more of each would be 8.
  auto const four = chunk(416, 416);
  EXPECT_EQ(four.size(), 1u);
  EXPECT_EQ(four[0].tiles.size(), 4u * 32);
  // FlashAttention-2's prefill is whole.
  EXPECT_EQ(launches("flash2", layer(Phase::prefill, 1, {100, 4096}, 32, 32)).size(), 1u);
}

TEST(Decomposition, WithoutTheCausalMaskEveryRowSeesAll) {
  auto const plan = layer(Phase::prefill, 1, {.q_len = 256, .kv_len = 300}, 1, 1);
  EXPECT_THAT(blocks_of_tiles(launches("flash2", plan, false)[0]), ElementsAre(3, 3));
}

TEST(Decomposition, AWindowBeginsAtTheBlockOfTheFirstTokenSeen) {
  auto const plan = layer(Phase::prefill, 1, {.q_len = 512, .kv_len = 512}, 1, 1, 129);
  // Row 128 is the first of q_block 1 (128 rows) and sees tokens 0 to 128; row 256 tokens 128 on.
  EXPECT_THAT(blocks_of_tiles(launches("flash2", plan)[0]), ElementsAre(1, 2, 2, 2));
}

TEST(Decomposition, PagedMhaDecodeIsNotSplit) {
  auto const plan = layer(Phase::decode, 2, {.q_len = 1, .kv_len = 131072}, 8, 8);
  auto const made = launches("vllm_flash2", plan);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_THAT(blocks_of_tiles(made[1]), ::testing::Each(1024));
  EXPECT_EQ(made[1].tiles.size(), 16u);
}

TEST(Decomposition, PagedGroupsArePackedSplitMergedAndCopied) {
  auto const plan = layer(Phase::decode, 2, {.q_len = 1, .kv_len = 131072}, 16, 4);
  auto const made = launches("vllm_flash2", plan);
  ASSERT_EQ(made.size(), 5u);
  EXPECT_EQ(made[0].op, LaunchOp::gather_kv);
  // 2 x 16 x 128 bf16 are 8 KiB: less than the 64 KiB of a KV block.
  EXPECT_THAT(blocks_of_tiles(made[1]), ElementsAre(1));
  EXPECT_EQ(made[2].tiles.size(), 8u * 23u);  // FlashSplits above: 8 rows of 1024 blocks
  auto const blocks = blocks_of_tiles(made[2]);
  EXPECT_EQ(std::accumulate(blocks.begin(), blocks.end(), 0), 8 * 1024);
  // 2 requests x 16 query heads, four to a merging CTA.
  EXPECT_EQ(made[3].op, LaunchOp::combine);
  EXPECT_THAT(blocks_of_tiles(made[3]), ElementsAre(23, 23, 23, 23, 23, 23, 23, 23));
  EXPECT_THAT(blocks_of_tiles(made[4]), ElementsAre(1));
}

TEST(Decomposition, NewTokensAreWrittenToPagesByCtasOfUpTo512Threads) {
  auto const writes = [](std::int32_t kv_heads) {
    auto const plan = layer(Phase::prefill, 3, {.q_len = 100, .kv_len = 228}, 16, kv_heads);
    auto const list = launches("vllm_flash2", plan)[0];
    EXPECT_EQ(list.op, LaunchOp::gather_kv);
    EXPECT_EQ(visited_blocks(list.tiles.front()), (kv_heads * 128 + 511) / 512);
    return list.tiles.size();
  };
  EXPECT_EQ(writes(16), 300u);  // a CTA per token
  EXPECT_EQ(writes(4), 300u);
  EXPECT_EQ(writes(2), 150u);  // 256 threads per token: two are as much of an SM as one of 512
}

TEST(Decomposition, OneRequestIsPackedWithoutACopy) {
  auto const plan = layer(Phase::decode, 1, {.q_len = 1, .kv_len = 128}, 16, 4);
  auto const made = launches("vllm_flash2", plan);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].tiles.size(), 4u);
}

TEST(Decomposition, PagedWindowsOfGroupsHaveACtaPerQueryHead) {
  auto const plan = layer(Phase::decode, 1, {.q_len = 1, .kv_len = 131072}, 16, 4, 1024);
  auto const made = launches("vllm_flash2", plan);
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].tiles.size(), 16u);
  EXPECT_THAT(blocks_of_tiles(made[1]), ::testing::Each(8));  // tokens 130048 to 131071
}

TEST(Decomposition, TheOtherSplitsAreNoneFillAndFixed) {
  auto const plan = layer(Phase::decode, 1, {.q_len = 1, .kv_len = 65536}, 16, 16);
  EXPECT_EQ(launches("no_split", plan)[0].tiles.size(), 16u);
  EXPECT_EQ(launches("flashinfer", plan)[0].tiles.size(), 16u * 13u);  // 216 / 16 = 13.5
  EXPECT_EQ(launches("fixed_split:8", plan)[0].tiles.size(), 16u * 8u);
  auto const short_plan = layer(Phase::decode, 1, {.q_len = 1, .kv_len = 300}, 16, 16);
  EXPECT_EQ(launches("fixed_split:8", short_plan)[0].tiles.size(), 16u * 3u);
}

TEST(Decomposition, NamesAreKnownOrNothing) {
  for (std::string const name : {"flash2", "vllm_flash2", "flashinfer", "no_split"}) {
    EXPECT_NE(decomposition_named(name), nullptr) << name;
  }
  for (std::string const name : {"", "flash3", "fixed_split", "fixed_split:", "fixed_split:0",
                                 "fixed_split:129", "fixed_split:8x", "fixed_split:-1"}) {
    EXPECT_EQ(decomposition_named(name), nullptr) << name;
  }
}

TEST(Decomposition, WhatSuchKernelsDoNotHaveIsRefused) {
  auto const problem = [](auto const& change) {
    auto plan = layer(Phase::prefill, 1, {.q_len = 256, .kv_len = 256}, 8, 8);
    change(plan);
    return refusal([&] { (void)launches("flash2", plan); });
  };
  EXPECT_THAT(problem([](auto& plan) { plan.execution = Execution::fused; }),
              HasSubstr("layer_uniform"));
  EXPECT_THAT(problem([](auto& plan) { plan.scheduler = Scheduler::persistent; }),
              HasSubstr("natural"));
  EXPECT_THAT(problem([](auto& plan) {
                plan.selections.assign(8, {SelectionKind::streaming, 128, 1024, 0});
              }),
              HasSubstr("sink_tokens = 0"));
  EXPECT_THAT(problem([](auto& plan) {
                plan.selections[3] = {SelectionKind::streaming, 0, 128, 0};
              }),
              HasSubstr("differ"));
}

TEST(Decomposition, SlotsOfSuchKernelsAreWhatAPlanIsCutFor) {
  auto const plan = layer(Phase::prefill, 1, {.q_len = 1024, .kv_len = 1024}, 2, 2);
  DeviceSlots slots = kA100;
  slots.decomposition = decomposition_named("vllm_flash2");
  auto const work = make_layer_work(plan, slots);
  EXPECT_EQ(work.launches[1].tiles.size(), 32u);
  // Pairs of 128 x 128 whatever the kernel's rows: 2 heads x 8 x 9 / 2.
  EXPECT_EQ(work.visited_blocks, 72);
  EXPECT_EQ(work.selected_blocks, 72);
}

}  // namespace
}  // namespace fluxscope::plan
