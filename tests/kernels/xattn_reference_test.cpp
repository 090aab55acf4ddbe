// XAttention's rules, tables and references against values worked out here. No GPU needed.

#include "kernels/xattn_reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>

#include "base/error.hpp"
#include "kernels/xattn_groups.hpp"
#include "kernels/xattn_score_wgmma.hpp"
#include "kernels/xattn_select.hpp"
#include "kernels/xattn_tables.hpp"
#include "tests/close.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Call>
std::string refusal(Call const& call) {
  try {
    call();
  } catch (InputError const& error) {
    return error.what();
  }
  return {};
}

TEST(XattnGroups, AGroupSeesAKeyGroupIfItsLastRowSeesTheFirstToken) {
  for (std::int32_t const stride : {8, 16}) {
    for (std::int32_t q_len = 1; q_len < 70; ++q_len) {
      for (std::int32_t kv_len = q_len; kv_len < q_len + 40; ++kv_len) {
        for (std::int32_t group = 0; group * stride < q_len; ++group) {
          std::int32_t seen = 0;
          for (std::int32_t row = group * stride; row < std::min(q_len, (group + 1) * stride);
               ++row) {
            for (std::int32_t j = 0; j * stride < kv_len; ++j) {
              if (kv_len - q_len + row >= j * stride) seen = std::max(seen, j + 1);
            }
          }
          ASSERT_EQ(kernels::xattn_visible_groups(q_len, kv_len, stride, group), seen);
        }
      }
    }
  }
}

// The released rule: group g sees groups 0 to g.
TEST(XattnGroups, WithoutEarlierTokensAGroupSeesItselfAndThoseBefore) {
  for (std::int32_t group = 0; group < 125; ++group) {
    EXPECT_EQ(kernels::xattn_visible_groups(1000, 1000, 8, group), group + 1);
  }
}

// head_dim 1, stride 8, 256 tokens, all queries 0 but the last: only group 31 has a profile. Its
// row 255 is the last of its group, so it meets the first token of each key group. The exponentials
// are 33 for key group 0 and 1 for the other 31, of 64: block 0 gets (33 + 15) / 64, block 1 16
// / 64. Groups 16 to 30 are uniform: group g gives 16 / (g + 1) to block 0.
TEST(XattnReference, MeetsTokensAlongAntidiagonals) {
  std::vector<float> q(256, 0.0f);
  std::vector<float> k(256, 100.0f);
  q[255] = 1;
  for (std::size_t j = 0; j < 32; ++j) k[8 * j] = 0;
  k[0] = std::log(33.0f);
  double block_0 = 48.0 / 64;
  for (int g = 16; g < 31; ++g) block_0 += 16.0 / (g + 1);

  auto const scores = kernels::xattn_score_reference(q, k, {256, 256}, 1, 8, 8.0);

  ASSERT_EQ(scores.size(), 2u);
  EXPECT_TRUE(all_close(scores[0], std::vector{16.0}, {.relative = 1e-12}));
  EXPECT_TRUE(all_close(scores[1], std::vector{block_0, 16 - block_0}, {.relative = 1e-6}));
}

// Two queries behind 127 tokens: one group, whose rows 0 and 1 meet tokens 7 and 6 of each key
// group. Key group 16 has token 128 alone, which no row meets: score 0, as key groups 0 to 15, but
// where the key is ln 5 / 2 in token 7 and in token 6 of key group 0.
TEST(XattnReference, MissingRowsAndTokensCountAsZero) {
  std::vector<float> const q{1, 1};
  std::vector<float> k(129, 0.0f);
  k[6] = k[7] = std::log(5.0f) / 2;
  k[128] = 50;

  auto const scores = kernels::xattn_score_reference(q, k, {2, 129}, 1, 8, 8.0);

  ASSERT_EQ(scores.size(), 1u);
  EXPECT_TRUE(all_close(scores[0], std::vector{20.0 / 21, 1.0 / 21}, {.relative = 1e-6}));
}

TEST(XattnReference, KeepsTheAlwaysKeptAndThenTheHeaviest) {
  // Of 10: 1 (sink) + 1 (recent) count first, then 4 and 2 reach 8.
  std::vector<double> const scores{1, 2, 4, 2, 0, 1};
  auto const kept = [&](double threshold) {
    return kernels::xattn_select_reference(scores, {threshold, 1, 5});
  };

  EXPECT_THAT(kept(0.2), ElementsAre(0, 5));
  EXPECT_THAT(kept(0.6), ElementsAre(0, 2, 5));
  EXPECT_THAT(kept(0.8), ElementsAre(0, 1, 2, 5)) << "a tie goes to the lower block";
  EXPECT_THAT(kept(1.0), ElementsAre(0, 1, 2, 3, 5)) << "nothing is left for block 4";
}

TEST(XattnTables, TilesCoverEveryPanelOfEveryHeadOnce) {
  plan::AttentionShape const shape{.q_heads = 9, .kv_heads = 3, .head_dim = 64};
  std::vector<plan::SequenceShape> const sequences{{5000, 5000}, {1, 77}, {1025, 3000}};
  auto const tables = kernels::make_xattn_tables(shape, sequences, 16);

  std::map<std::array<std::int32_t, 3>, int> seen;  // seq, query head, panel
  for (plan::Tile const& tile : tables.tiles) {
    for (std::int32_t number = 2 * tile.q_block; number < 2 * tile.q_block + 2; ++number) {
      std::int32_t const panel = number / 3;
      if (panel >= kernels::xattn_panels(sequences[tile.seq].q_len, 16)) continue;
      ++seen[{tile.seq, tile.head * 3 + number % 3, panel}];
    }
  }

  // 5000 / 16 / 64: 5 panels; 1; 1025 / 16 / 64: 2. Nine heads each.
  EXPECT_EQ(seen.size(), 9u * (5 + 1 + 2));
  for (auto const& [key, times] : seen) EXPECT_EQ(times, 1);
  EXPECT_TRUE(std::is_sorted(
      tables.tiles.begin(), tables.tiles.end(),
      [](plan::Tile const& a, plan::Tile const& b) { return a.kv_count > b.kv_count; }));
}

TEST(XattnTables, RowsLieBehindEachOtherWithRoomForAllTheySee) {
  // Query blocks of 300 rows behind 100 tokens end at 228, 356 and 400: 2, 3 and 4 blocks.
  auto const tables = kernels::make_xattn_tables({.q_heads = 2, .kv_heads = 1, .head_dim = 64},
                                                 std::vector{plan::SequenceShape{300, 400}}, 8);

  EXPECT_THAT(tables.row_begin, ElementsAre(0, 2, 5, 9, 11, 14, 18));
  EXPECT_EQ(tables.max_kv_blocks, 4);
  ASSERT_EQ(tables.rows.size(), 6u);
  EXPECT_EQ(tables.rows[4].head, 1);
  EXPECT_EQ(tables.rows[4].q_block, 1);
  EXPECT_EQ(tables.rows[4].kv_begin, 1);  // positions 228 to 355
  EXPECT_EQ(tables.rows[4].kv_count, 3);
  EXPECT_EQ(tables.rows[4].partial_slot, 4);
}

TEST(XattnTables, RefuseWhatNoKernelCanRun) {
  auto const with = [](std::int32_t q_heads, plan::SequenceShape sequence, std::int32_t stride) {
    return refusal([&] {
      (void)kernels::make_xattn_tables({.q_heads = q_heads, .kv_heads = 2, .head_dim = 64},
                                       std::vector{sequence}, stride);
    });
  };
  EXPECT_EQ(with(4, {5, 5}, 16), "");
  EXPECT_THAT(with(5, {5, 5}, 16), HasSubstr("q_heads 5 with kv_heads 2"));
  EXPECT_THAT(with(4, {5, 5}, 12), AllOf(HasSubstr("stride is 12"), HasSubstr("8 or 16")));
  EXPECT_THAT(with(4, {0, 5}, 16), HasSubstr("q_len 0 and kv_len 5"));
  EXPECT_THAT(with(4, {6, 5}, 16), HasSubstr("q_len 6 and kv_len 5"));
  EXPECT_THAT(with(4, {1, 1048577}, 16), AllOf(HasSubstr("8193 KV blocks"), HasSubstr("8192")));
}

template <class T>
T* address(std::uintptr_t offset = 0) {
  return reinterpret_cast<T*>(std::uintptr_t{4096} + offset);
}

kernels::XattnScoreParams valid_score() {
  kernels::XattnScoreParams params;
  params.q = address<__nv_bfloat16>();
  params.kv = {.k = address<__nv_bfloat16>(), .token_stride = 128};
  params.sequences = address<kernels::SequenceParams>();
  params.work = {.tiles = address<plan::Tile>(), .tile_count = 1, .grid_ctas = 1};
  params.row_begin = address<std::int64_t>();
  params.block_scores = address<float>();
  params.workspace = address<float>();
  params.max_kv_blocks = 8;
  params.q_heads = 4;
  params.kv_heads = 2;
  params.head_dim = 128;
  params.softmax_scale = 0.1f;
  return params;
}

TEST(LaunchCheck, XattnScoreRefusesWhatItCannotRun) {
  for (auto const launch : {kernels::launch_xattn_score, kernels::launch_xattn_score_wgmma}) {
    auto const with = [&](auto const& change) {
      auto params = valid_score();
      change(params);
      return refusal([&] { launch(params, {}, nullptr); });
    };
    EXPECT_THAT(with([](auto& p) { p.head_dim = 96; }),
                AllOf(HasSubstr("head_dim is 96"), HasSubstr("64 or 128")));
    EXPECT_THAT(with([](auto& p) { p.stride = 4; }),
                AllOf(HasSubstr("stride is 4"), HasSubstr("8 or 16")));
    EXPECT_THAT(with([](auto& p) { p.kv_heads = 3; }), HasSubstr("q_heads 4 with kv_heads 3"));
    EXPECT_THAT(with([](auto& p) { p.softmax_scale = std::nanf(""); }), HasSubstr("softmax_scale"));
    EXPECT_THAT(with([](auto& p) { p.max_kv_blocks = 8193; }),
                AllOf(HasSubstr("max_kv_blocks is 8193"), HasSubstr("8192")));
    EXPECT_THAT(with([](auto& p) { p.kv.page_table = address<std::int32_t>(); }),
                HasSubstr("kv is paged"));
    EXPECT_THAT(with([](auto& p) { p.kv.token_stride = 4; }), HasSubstr("token_stride is 4"));
    EXPECT_THAT(with([](auto& p) { p.q = nullptr; }), HasSubstr("q is null"));
    EXPECT_THAT(with([](auto& p) { p.kv.k = address<__nv_bfloat16>(2); }),
                HasSubstr("k is not on a 16-byte boundary"));
    EXPECT_THAT(with([](auto& p) { p.workspace = nullptr; }), HasSubstr("workspace is null"));
    EXPECT_THAT(with([](auto& p) { p.block_scores = nullptr; }), HasSubstr("block_scores is null"));
    EXPECT_THAT(with([](auto& p) { p.work.grid_ctas = 0; }), HasSubstr("grid_ctas is 0"));
    EXPECT_EQ(with([](auto& p) { p.work = {}; }), "");
  }
}

TEST(LaunchCheck, XattnSelectRefusesWhatItCannotRun) {
  auto const with = [](auto const& change) {
    kernels::XattnSelectParams params;
    params.block_scores = address<float>();
    params.row_begin = address<std::int64_t>();
    params.rows = address<plan::Tile>();
    params.rows_count = 1;
    params.max_kv_blocks = 8;
    params.row_count = address<std::int32_t>();
    params.columns = address<std::uint32_t>();
    change(params);
    return refusal([&] { kernels::launch_xattn_select(params, {}, nullptr); });
  };
  EXPECT_THAT(with([](auto& p) { p.threshold = 1.5f; }),
              AllOf(HasSubstr("threshold is 1.5"), HasSubstr("[0, 1]")));
  EXPECT_THAT(with([](auto& p) { p.threshold = std::nanf(""); }), HasSubstr("threshold is nan"));
  EXPECT_THAT(with([](auto& p) { p.sink_blocks = -1; }), HasSubstr("sink_blocks is -1"));
  EXPECT_THAT(with([](auto& p) { p.recent_blocks = 0; }), HasSubstr("recent_blocks 0"));
  EXPECT_THAT(with([](auto& p) { p.max_kv_blocks = 0; }), HasSubstr("max_kv_blocks is 0"));
  EXPECT_THAT(with([](auto& p) { p.rows = nullptr; }), HasSubstr("rows is null"));
  EXPECT_THAT(with([](auto& p) { p.columns = nullptr; }), HasSubstr("columns is null"));
  EXPECT_EQ(with([](auto& p) { p.rows_count = 0; }), "");
}

}  // namespace
}  // namespace fluxscope::testing
