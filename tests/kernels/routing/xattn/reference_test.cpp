// XAttention's rules and references against values worked out here. No GPU needed.

#include "kernels/routing/xattn/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/routing/xattn/groups.hpp"
#include "tests/close.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::ElementsAre;

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

}  // namespace
}  // namespace fluxscope::testing
