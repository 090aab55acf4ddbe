// XAttention's host tables against values worked out here. No GPU needed.

#include "kernels/routing/xattn/tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "kernels/routing/xattn/groups.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(XattnTables, TilesCoverEveryPanelOfEveryHeadOnce) {
  plan::AttentionShape const shape{.q_heads = 9, .kv_heads = 3, .head_dim = 64};
  std::vector<plan::SequenceShape> const sequences{{5000, 5000}, {1, 77}, {1025, 3000}};
  auto const tables = kernels::make_xattn_tables(shape, sequences, 16);

  std::map<std::array<std::int32_t, 3>, int> seen;  // seq, query head, panel
  for (kernels::XattnScoreTile const& tile : tables.tiles) {
    for (std::int32_t number = 2 * tile.panel_pair; number < 2 * tile.panel_pair + 2; ++number) {
      std::int32_t const panel = number / 3;
      if (panel >= kernels::xattn_panels(sequences[tile.seq].q_len, 16)) continue;
      ++seen[{tile.seq, tile.kv_head * 3 + number % 3, panel}];
    }
  }

  // 5000 / 16 / 64: 5 panels; 1; 1025 / 16 / 64: 2. Nine heads each.
  EXPECT_EQ(seen.size(), 9u * (5 + 1 + 2));
  for (auto const& [key, times] : seen) EXPECT_EQ(times, 1);
  EXPECT_TRUE(
      std::is_sorted(tables.tiles.begin(), tables.tiles.end(),
                     [](auto const& a, auto const& b) { return a.kv_blocks > b.kv_blocks; }));
  // The longest: the last panel of sequence 0 sees all 40 blocks. Rows of sequence 2 begin behind
  // 9 heads of 40 and of 1 query blocks.
  EXPECT_EQ(tables.tiles.front().kv_blocks, 40);
  for (kernels::XattnScoreTile const& tile : tables.tiles) {
    EXPECT_EQ(tile.first_row, tile.seq == 0 ? 0 : tile.seq == 1 ? 9 * 40 : 9 * 41);
  }
}

TEST(XattnTables, RowsLieBehindEachOtherWithRoomForAllTheySee) {
  // Query blocks of 300 rows behind 100 tokens end at 228, 356 and 400: 2, 3 and 4 blocks.
  auto const tables = kernels::make_xattn_tables({.q_heads = 2, .kv_heads = 1, .head_dim = 64},
                                                 std::vector{plan::SequenceShape{300, 400}}, 8);

  EXPECT_THAT(tables.row_begin, ElementsAre(0, 2, 5, 9, 11, 14, 18));
  EXPECT_EQ(tables.max_kv_blocks, 4);
  ASSERT_EQ(tables.rows.size(), 6u);
  EXPECT_EQ(tables.rows[4].q_head, 1);
  EXPECT_EQ(tables.rows[4].q_block, 1);
  EXPECT_EQ(tables.rows[4].first_own_block, 1);  // positions 228 to 355
  EXPECT_EQ(tables.rows[4].kv_blocks, 3);
}

TEST(XattnTables, RefuseWhatNoKernelCanRun) {
  auto const with = [](std::int32_t q_heads, plan::SequenceShape sequence, std::int32_t stride) {
    return refusal([&] {
      (void)kernels::make_xattn_tables({.q_heads = q_heads, .kv_heads = 2, .head_dim = 64},
                                       std::vector{sequence}, stride);
    });
  };
  EXPECT_EQ(with(4, {5, 5}, 16), "accepted");
  EXPECT_THAT(with(5, {5, 5}, 16), HasSubstr("q_heads 5 with kv_heads 2"));
  EXPECT_THAT(with(4, {5, 5}, 12), AllOf(HasSubstr("stride is 12"), HasSubstr("8 or 16")));
  EXPECT_THAT(with(4, {0, 5}, 16), HasSubstr("q_len 0 and kv_len 5"));
  EXPECT_THAT(with(4, {6, 5}, 16), HasSubstr("q_len 6 and kv_len 5"));
  EXPECT_THAT(with(4, {1, 1048577}, 16), AllOf(HasSubstr("8193 KV blocks"), HasSubstr("8192")));
}

/// The message of the InputError of the tables of `batch` equal sequences, one KV head, stride 8.
std::string table_refusal(std::int32_t q_heads, plan::SequenceShape sequence,
                          std::size_t batch = 1) {
  return refusal([&] {
    (void)kernels::make_xattn_tables({.q_heads = q_heads, .kv_heads = 1, .head_dim = 64},
                                     std::vector(batch, sequence), 8);
  });
}

// A panel is 64 groups of 8 rows. 2^20 rows are 2,048 panels, of 64 heads 65,536 pairs; 1,025 rows
// are 3 panels, of 43,691 heads 65,537 pairs.
TEST(XattnTables, ATileNumbersUpTo65536PanelPairs) {
  auto const tables =
      kernels::make_xattn_tables({.q_heads = 64, .kv_heads = 1, .head_dim = 64},
                                 std::vector{plan::SequenceShape{1048576, 1048576}}, 8);
  ASSERT_EQ(tables.tiles.size(), 65536u);
  EXPECT_EQ(tables.tiles.front().panel_pair, 65504);  // the first of the last panel's 32
  EXPECT_EQ(tables.tiles.back().panel_pair, 31);
  EXPECT_EQ(tables.rows.size(), 64u * 8192);
  EXPECT_EQ(tables.max_kv_blocks, 8192);

  EXPECT_EQ(table_refusal(43690, {1025, 1025}), "accepted");
  EXPECT_THAT(table_refusal(43691, {1025, 1025}),
              AllOf(HasSubstr("65537 panel pairs"), HasSubstr("q_len 1025 with 43691")));
}

TEST(XattnTables, ATileNamesUpTo65535SequencesAndHeads) {
  EXPECT_EQ(table_refusal(65535, {1, 1}), "accepted");
  EXPECT_THAT(table_refusal(65536, {1, 1}), HasSubstr("q_heads 65536"));
  EXPECT_EQ(table_refusal(1, {1, 1}, 65535), "accepted");
  EXPECT_THAT(table_refusal(1, {1, 1}, 65536), HasSubstr("batch 65536"));
}

TEST(XattnTables, ASequenceHasUpTo8192KvBlocks) {
  EXPECT_EQ(table_refusal(1, {1, 1048576}), "accepted");
  EXPECT_THAT(table_refusal(1, {1, 1048577}), HasSubstr("8193 KV blocks"));
  EXPECT_EQ(table_refusal(1, {5, 5}), "accepted");
  EXPECT_THAT(table_refusal(1, {6, 5}), HasSubstr("q_len 6 and kv_len 5"));
  EXPECT_THAT(table_refusal(1, {-1, 5}), HasSubstr("q_len -1 and kv_len 5"));
}

}  // namespace
}  // namespace fluxscope::testing
