#include "plan/layer/selection.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/plan/layer/random_plan.hpp"

namespace fluxscope::plan {
namespace {

LayerPlan one_head(std::int32_t q_len, std::int32_t kv_len, Selection const& selection) {
  return {.shape = {.q_heads = 1, .kv_heads = 1, .head_dim = 64},
          .sequences = {{q_len, kv_len}},
          .selections = {selection}};
}

std::vector<std::int32_t> listed(BlockRanges const& ranges) {
  std::vector<std::int32_t> blocks;
  for (std::int32_t i = 0; i < ranges.sink_count; ++i) blocks.push_back(ranges.sink_begin + i);
  for (std::int32_t i = 0; i < ranges.kv_count; ++i) blocks.push_back(ranges.kv_begin + i);
  return blocks;
}

TEST(Selection, VisibleBlocksAreThoseThatTheLastRowOfTheQueryBlockSees) {
  // 300 queries at the end of 1000 positions. Query block 0: rows 0 to 127 are positions 700 to
  // 827, block 6 is the last; block 2: rows 256 to 299, position 999, block 7.
  EXPECT_EQ(visible_blocks(300, 1000, 0), 7);
  EXPECT_EQ(visible_blocks(300, 1000, 2), 8);
  EXPECT_EQ(visible_blocks(1, 129, 0), 2);
  EXPECT_EQ(visible_blocks(128, 128, 0), 1);
}

TEST(Selection, RangesAreTheBlocksOfTheTokenRule) {
  Random random(1);
  auto const upto = [&](std::uint64_t most) {
    return 1 + static_cast<std::int32_t>(random.below(most));
  };
  for (int round = 0; round < 2000; ++round) {
    std::int32_t const kv_len = upto(3000);
    std::int32_t const q_len = upto(static_cast<std::uint64_t>(kv_len));
    Selection selection{.kind = static_cast<SelectionKind>(random.below(3)),
                        .sink_tokens = upto(600) - 1,
                        .local_tokens = upto(900),
                        .last_tokens = upto(500)};
    LayerPlan const plan = one_head(q_len, kv_len, selection);
    for (std::int32_t q_block = 0; q_block < blocks_of(q_len); ++q_block) {
      auto const visible = testing::visible_by_token(plan, 0, q_block);
      ASSERT_EQ(visible_blocks(q_len, kv_len, q_block), static_cast<std::int32_t>(visible.size()));
      auto const ranges = selected_ranges(selection, q_len, kv_len, q_block);
      ASSERT_EQ(listed(ranges), testing::selected_by_token(plan, 0, 0, q_block))
          << q_len << " of " << kv_len << ", block " << q_block;
      EXPECT_EQ(ranges.count(), ranges.sink_count + ranges.kv_count);
    }
  }
}

TEST(Selection, FluxStreamingKeepsSeventeenBlocks) {
  Selection const flux{.kind = SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};

  // 64K decode: 512 blocks; block 0 and blocks 496 to 511.
  auto const ranges = selected_ranges(flux, 1, 65536, 0);

  EXPECT_EQ(ranges.sink_begin, 0);
  EXPECT_EQ(ranges.sink_count, 1);
  EXPECT_EQ(ranges.kv_begin, 496);
  EXPECT_EQ(ranges.kv_count, 16);
}

TEST(Selection, RangesThatTouchAreOneRange) {
  Selection const flux{.kind = SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};

  auto const ranges = selected_ranges(flux, 1, 17 * 128, 0);

  EXPECT_EQ(ranges.sink_count, 0);
  EXPECT_EQ(ranges.kv_begin, 0);
  EXPECT_EQ(ranges.kv_count, 17);
}

TEST(Selection, ListsHaveNoRanges) {
  EXPECT_THROW((void)selected_ranges({.kind = SelectionKind::blocks}, 1, 128, 0), ContractError);
}

}  // namespace
}  // namespace fluxscope::plan
