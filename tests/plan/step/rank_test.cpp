#include "plan/step/rank.hpp"

#include <gtest/gtest.h>

#include "tests/plan/step/models.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::plan {
namespace {

using fluxscope::testing::refusal;
using testing::shipped_model;

TEST(Rank, HeadsMlpAndVocabularyAreDividedAndHiddenSizeIsNot) {
  auto const rank = rank_of(shipped_model("llama-3.1-70b"), 4);
  EXPECT_EQ(rank.attention, (AttentionShape{.q_heads = 16, .kv_heads = 2, .head_dim = 128}));
  EXPECT_EQ(rank.intermediate_size, 28'672 / 4);
  EXPECT_EQ(rank.vocab_size, 128'256 / 4);
  EXPECT_EQ(rank.hidden_size, 8'192);
  EXPECT_EQ(rank.layers, 80);
}

TEST(Rank, ACountThatDoesNotDivideIsRefusedWithThoseThatDo) {
  auto const model = shipped_model("llama-3.1-8b");
  EXPECT_EQ(refusal([&] { static_cast<void>(rank_of(model, 3)); }),
            "ranks = 3 (q_heads of llama-3.1-8b is 32, which they do not divide) choose one of 1, "
            "2, 4, 8");
  EXPECT_NE(refusal([&] { static_cast<void>(rank_of(model, 16)); }).find("kv_heads"),
            std::string::npos);
  EXPECT_NE(refusal([&] { static_cast<void>(rank_of(model, 0)); }), "accepted");
}

}  // namespace
}  // namespace fluxscope::plan
