#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <tuple>

#include "kernels/routing/xattn/score_wgmma/launch.hpp"
#include "tests/close.hpp"
#include "tests/kernels/routing/xattn/problem.hpp"
#include "tests/kernels/support/obstacle.hpp"

namespace fluxscope::testing {
namespace {

enum class ScoreKernel { mma, wgmma };

ScoreLauncher launcher(ScoreKernel kernel) {
  if (kernel == ScoreKernel::mma) return kernels::launch_xattn_score;
  return kernels::launch_xattn_score_wgmma;
}

/// Exponentials carry the error of scores of some units in fp32, products of up to 2,048 terms,
/// which is below 1e-5, and that of ex2.approx, 2^-22.
constexpr Tolerance kScoreTolerance{.absolute = 1e-6, .relative = 1e-4};

::testing::AssertionResult matches(XattnProblem const& problem, std::vector<float> scores,
                                   Tolerance tolerance = kScoreTolerance) {
  if (!std::isnan(scores.back())) {
    return ::testing::AssertionFailure() << "written behind the last row";
  }
  scores.pop_back();
  return all_close(scores, problem.expected(), tolerance);
}

class XattnScore : public ::testing::TestWithParam<ScoreKernel> {
 protected:
  void SetUp() override {
    if (auto const* reason = obstacle(GetParam() == ScoreKernel::wgmma)) GTEST_SKIP() << reason;
  }
};

std::string name_of(ScoreKernel kernel) { return kernel == ScoreKernel::mma ? "mma" : "wgmma"; }

INSTANTIATE_TEST_SUITE_P(Kernels, XattnScore,
                         ::testing::Values(ScoreKernel::mma, ScoreKernel::wgmma),
                         [](auto const& one) { return name_of(one.param); });

class XattnScoreShapes
    : public ::testing::TestWithParam<std::tuple<ScoreKernel, std::int32_t, std::int32_t>> {};

INSTANTIATE_TEST_SUITE_P(Kernels, XattnScoreShapes,
                         ::testing::Combine(::testing::Values(ScoreKernel::mma, ScoreKernel::wgmma),
                                            ::testing::Values(64, 128), ::testing::Values(8, 16)),
                         [](auto const& one) {
                           return name_of(std::get<0>(one.param)) + "_hd" +
                                  std::to_string(std::get<1>(one.param)) + "_stride" +
                                  std::to_string(std::get<2>(one.param));
                         });

// Whole and ragged groups, blocks, panels (64 groups) and passes (128 or 256 groups) in both
// lengths, and differences of them that are no multiple of the stride or of 128.
TEST_P(XattnScoreShapes, MatchTheDoubleReferenceAtEveryLength) {
  auto const [kernel, head_dim, stride] = GetParam();
  if (auto const* reason = obstacle(kernel == ScoreKernel::wgmma)) GTEST_SKIP() << reason;
  for (plan::SequenceShape const sequence :
       {plan::SequenceShape{1, 1}, plan::SequenceShape{1, 239}, plan::SequenceShape{3, 799},
        plan::SequenceShape{31, 33}, plan::SequenceShape{128, 128}, plan::SequenceShape{113, 203},
        plan::SequenceShape{108, 256}, plan::SequenceShape{512, 512},
        plan::SequenceShape{1023, 1024}, plan::SequenceShape{1024, 1024},
        plan::SequenceShape{700, 2301}, plan::SequenceShape{2100, 2100},
        plan::SequenceShape{128, 4224}}) {
    XattnProblem const problem({.head_dim = head_dim,
                                .q_heads = 2,
                                .kv_heads = 1,
                                .stride = stride,
                                .sequences = {sequence}});
    EXPECT_TRUE(matches(problem, problem.run(launcher(kernel))))
        << "q_len " << sequence.q_len << " kv_len " << sequence.kv_len;
  }
}

// An odd number of panels leaves half a tile; a group of 3 puts different panels in one.
TEST_P(XattnScore, MatchesTheDoubleReferenceForEveryGroup) {
  for (auto const& [q_heads, kv_heads] : {std::pair{1, 1}, {2, 2}, {3, 1}, {6, 2}, {8, 2}}) {
    XattnProblem const problem({.q_heads = q_heads,
                                .kv_heads = kv_heads,
                                .sequences = {{1100, 1500}, {40, 40}, {1, 2049}}});
    EXPECT_TRUE(matches(problem, problem.run(launcher(GetParam()))))
        << q_heads << " query heads, " << kv_heads << " KV heads";
  }
}

TEST_P(XattnScore, ReadsTokenMajorAndShiftedKeys) {
  for (bool const token_major : {false, true}) {
    for (std::int32_t const shift : {0, 8}) {  // 8: no multiple of head_dim
      XattnProblem const problem(
          {.sequences = {{1300, 1300}, {77, 700}}, .token_major = token_major, .shift = shift});
      EXPECT_TRUE(matches(problem, problem.run(launcher(GetParam()))))
          << "token_major " << token_major << " shift " << shift;
    }
  }
}

// Scores of up to 2,000: exponentials leave fp32 unless every chunk has a maximum of its own. The
// error of a score is now some 1e-3, and so is the relative error of a weight.
TEST_P(XattnScore, HoldsScoresBeyondTheRangeOfFloat) {
  XattnProblem const problem({.sequences = {{2300, 2300}}, .q_scale = 2000});

  EXPECT_TRUE(
      matches(problem, problem.run(launcher(GetParam())), {.absolute = 1e-5, .relative = 2e-2}));
}

/// One problem of 10 tiles in different walks.
class XattnScoreWalks : public XattnScore {
 protected:
  void SetUp() override {
    XattnScore::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(problem_.tables().tiles.size(), 10u);
    plain_ = bits({});
    ASSERT_TRUE(matches(problem_, problem_.run(launcher(GetParam()))));
  }

  /// The scores of a walk. What no tile writes is a NaN.
  std::vector<std::uint32_t> bits(ScoreWalk const& walk) const {
    std::vector<std::uint32_t> bits;
    for (float const score : problem_.run(launcher(GetParam()), walk)) {
      bits.push_back(std::bit_cast<std::uint32_t>(score));
    }
    return bits;
  }

  XattnProblem problem_{{.q_heads = 6, .kv_heads = 2, .sequences = {{1400, 3000}, {300, 300}}}};
  std::vector<std::uint32_t> plain_;  ///< of a CTA per tile
};

INSTANTIATE_TEST_SUITE_P(Kernels, XattnScoreWalks,
                         ::testing::Values(ScoreKernel::mma, ScoreKernel::wgmma),
                         [](auto const& one) { return name_of(one.param); });

TEST_P(XattnScoreWalks, AQueueGivesTheSameBitsInEveryOrderAndWithTheProbe) {
  EXPECT_EQ(bits({.grid_ctas = 3}), plain_);
  EXPECT_EQ(bits({.grid_ctas = 1, .reversed = true}), plain_);
  EXPECT_EQ(bits({.grid_ctas = 5, .probe = kernels::ProbeLevel::l0}), plain_);
}

TEST_P(XattnScoreWalks, AQueueMayHaveMoreCtasThanTiles) {
  EXPECT_EQ(bits({.grid_ctas = 11}), plain_);
  EXPECT_EQ(bits({.grid_ctas = 300}), plain_);
}

TEST_P(XattnScoreWalks, AGridOfFewerCtasThanTilesNeedsNoQueue) {
  EXPECT_EQ(bits({.grid_ctas = 4, .queue = false}), plain_);
  EXPECT_EQ(bits({.grid_ctas = 1, .queue = false, .reversed = true}), plain_);
}

TEST_P(XattnScoreWalks, SharesOfTheTableMayBeEmpty) {
  EXPECT_EQ(bits({.cta_begin = {0, 3, 3, 9, 10}}), plain_);
  EXPECT_EQ(bits({.cta_begin = {0, 0, 10, 10}}), plain_);
}

// Every query group's weights sum to 1.
TEST_P(XattnScore, ARowSumsToItsQueryGroups) {
  plan::SequenceShape const sequence{1000, 3001};
  XattnProblem const problem({.stride = 8, .sequences = {sequence}});
  auto const scores = problem.run(launcher(GetParam()));
  auto const& begin = problem.tables().row_begin;

  for (std::size_t row = 0; row + 1 < begin.size(); ++row) {
    double sum = 0;
    for (auto i = begin[row]; i < begin[row + 1]; ++i) sum += scores[static_cast<std::size_t>(i)];
    std::int32_t const q_block = problem.tables().rows[row].q_block;
    int const rows = std::min(128, sequence.q_len - 128 * q_block);
    EXPECT_TRUE(close(sum, (rows + 7) / 8, {.relative = 1e-5})) << "row " << row;
  }
}

TEST_P(XattnScore, UsesNoLocalMemory) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (std::int32_t const stride : {8, 16}) {
      for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
        auto const facts = GetParam() == ScoreKernel::mma
                               ? kernels::xattn_score_facts(head_dim, stride, {level})
                               : kernels::xattn_score_wgmma_facts(head_dim, stride, {level});
        EXPECT_EQ(facts.local_bytes, 0);
        EXPECT_EQ(facts.ctas_per_sm, GetParam() == ScoreKernel::mma ? 2 : 1);
      }
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing
