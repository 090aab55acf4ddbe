// What every prefill kernel computes, against the double reference.

#include <string>
#include <tuple>

#include "tests/kernels/attention/prefill/suite.hpp"
#include "tests/kernels/support/launch_order.hpp"

namespace fluxscope::testing {
namespace {

/// PrefillProblem::matches for a CTA per tile, and the same bits where four CTAs take the tiles
/// from a queue.
::testing::AssertionResult matches(PrefillProblem const& problem, Launches const& launches) {
  AttentionResult const result = problem.run(launches);
  if (auto const same = problem.matches(result); !same) return same;
  if (same_bits(problem.run(from_queue(launches, 4)), result)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "another result from a queue of four CTAs";
}

class PrefillShapes : public ::testing::TestWithParam<
                          std::tuple<plan::PrefillKernel, std::int32_t, plan::SequenceShape>> {};

TEST_P(PrefillShapes, MatchTheDoubleReferenceForEveryGroup) {
  auto const [kernel, head_dim, sequence] = GetParam();
  if (auto const* reason = obstacle(kernel)) GTEST_SKIP() << reason;
  for (std::int32_t const kv_heads : {1, 2, 4}) {  // MQA, GQA, MHA
    PrefillSetup const setup{
        .head_dim = head_dim, .q_heads = 4, .kv_heads = kv_heads, .sequences = {sequence}};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const problem(setup, selection, prefill_launcher(kernel));

    for (std::int32_t const splits : {1, 3, 9}) {  // 9: more pieces than blocks
      EXPECT_TRUE(matches(problem, make_work(setup, selection, splits)))
          << splits << " splits, " << kv_heads << " KV heads";
    }
  }
}

// q_len, kv_len: the queries are the last q_len positions.
constexpr plan::SequenceShape kShapes[] = {
    {1, 1},     {1, 239},   {3, 799},     {31, 33},    {64, 128},  {108, 256},
    {113, 113}, {113, 128}, {113, 203},   {113, 211},  {127, 127}, {128, 128},
    {128, 192}, {128, 217}, {129, 129},   {200, 300},  {256, 256}, {256, 512},
    {384, 384}, {640, 641}, {1023, 1024}, {1024, 1024}};

std::string shape_name(::testing::TestParamInfo<PrefillShapes::ParamType> const& one) {
  auto const [kernel, head_dim, sequence] = one.param;
  return plan::to_text(kernel) + "_hd" + std::to_string(head_dim) + "_q" +
         std::to_string(sequence.q_len) + "_kv" + std::to_string(sequence.kv_len);
}

INSTANTIATE_TEST_SUITE_P(Kernels, PrefillShapes,
                         ::testing::Combine(::testing::ValuesIn(kPrefillKernels),
                                            ::testing::Values(64, 128),
                                            ::testing::ValuesIn(kShapes)),
                         shape_name);

class Prefill : public PrefillSuite {};
INSTANTIATE_TEST_SUITE_P(Kernels, Prefill, ::testing::ValuesIn(kPrefillKernels), kernel_name);

TEST_P(Prefill, LongSequencesMatch) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim, .sequences = {{4096, 4096}, {2000, 4224}}};
    PrefillSelection const selection = full_selection(setup);

    EXPECT_TRUE(matches(problem(setup, selection), make_work(setup, selection, 1)));
  }
}

// In prefill_wgmma whole pages go by the copy engine, a box each; the last, ragged block goes row
// by row.
TEST_P(Prefill, ReadsPagesOfEverySize) {
  for (std::int32_t const page_tokens : {16, 32, 64, 128}) {
    for (std::int32_t const head_dim : {64, 128}) {
      PrefillSetup const setup{.head_dim = head_dim,
                               .sequences = {{700, 1000}, {129, 129}, {5, 16}},
                               .page_tokens = page_tokens};
      PrefillSelection const selection = streaming_selection(setup, 1, 3);
      PrefillProblem const one = problem(setup, selection);

      EXPECT_TRUE(matches(one, make_work(setup, selection, 1)));
      EXPECT_TRUE(matches(one, make_work(setup, selection, 3, true)));
    }
  }
}

TEST_P(Prefill, ReadsCachesWhoseHeadsInterleave) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim,
                             .q_heads = 6,
                             .kv_heads = 3,
                             .sequences = {{300, 500}, {77, 77}},
                             .token_major = true};
    PrefillSelection const selection = full_selection(setup);

    EXPECT_TRUE(matches(problem(setup, selection), make_work(setup, selection, 1)));
  }
}

TEST_P(Prefill, ReadsTheTwoRangesOfAStreamingSelectionOnly) {
  PrefillSetup const setup{.sequences = {{1500, 1500}, {300, 2177}, {640, 640}}};
  PrefillSelection const selection = streaming_selection(setup, 1, 3);
  PrefillProblem const one = problem(setup, selection);

  for (std::int32_t const splits : {1, 2, 4}) {
    EXPECT_TRUE(matches(one, make_work(setup, selection, splits)));
  }
}

TEST_P(Prefill, ReadsListedBlocksOnly) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim, .sequences = {{1100, 1100}, {500, 1000}}};
    // Some rows lose their diagonal block, some all blocks.
    PrefillSelection const selection = thinned(full_selection(setup), 0.6, 7);
    PrefillProblem const one = problem(setup, selection);

    for (std::int32_t const splits : {1, 4}) {
      EXPECT_TRUE(matches(one, make_work(setup, selection, splits, true)));
    }
  }
}

TEST_P(Prefill, RowsWithoutBlocksAreZeroWithLseMinusInfinity) {
  PrefillSetup const setup{.sequences = {{200, 200}, {130, 600}}};
  PrefillSelection selection = full_selection(setup);
  for (std::size_t row = 0; row < selection.size(); row += 3) selection[row].clear();
  PrefillProblem const one = problem(setup, selection);

  for (std::int32_t const splits : {1, 3}) {
    EXPECT_TRUE(matches(one, make_work(setup, selection, splits)));
  }
}

TEST_P(Prefill, MaskedOutBlocksGiveTheBitsOfSkippedOnes) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{
        .head_dim = head_dim, .sequences = {{900, 900}, {200, 700}}, .poison = false};
    for (PrefillSelection const& selection :
         {streaming_selection(setup, 1, 2), thinned(full_selection(setup), 0.5, 9)}) {
      PrefillProblem const one = problem(setup, selection);
      Launches const masked = make_masked_work(setup, selection, 1);

      EXPECT_TRUE(matches(one, masked));
      EXPECT_TRUE(same_bits(one.run(masked), one.run(make_work(setup, selection, 1, true))));
      EXPECT_TRUE(matches(one, make_masked_work(setup, selection, 4)));
    }
  }
}

TEST_P(Prefill, AListOfAllBlocksGivesTheBitsOfTheRange) {
  PrefillSetup const setup{.sequences = {{700, 900}}};
  PrefillSelection const selection = full_selection(setup);
  PrefillProblem const one = problem(setup, selection);
  Launches const of_range = make_work(setup, selection, 1);

  EXPECT_TRUE(matches(one, of_range));
  EXPECT_TRUE(same_bits(one.run(make_work(setup, selection, 1, true)), one.run(of_range)));
}

// prefill_wgmma goes on with the maximum of a row's first block until a sum passes a limit. Here
// rows whose first block has one token, of any score, meet scores higher by more than fp32's range.
TEST_P(Prefill, ScoresFarAboveTheFirstBlockMatch) {
  for (float const scale : {10.0f, 30.0f, 100.0f}) {
    for (std::int32_t const head_dim : {64, 128}) {
      PrefillSetup const setup{
          .head_dim = head_dim, .sequences = {{600, 900}, {257, 1025}}, .outlier_scale = scale};
      PrefillSelection const selection = full_selection(setup);
      PrefillProblem const one = problem(setup, selection);

      EXPECT_TRUE(matches(one, make_work(setup, selection, 1)));
      EXPECT_TRUE(matches(one, make_work(setup, selection, 3)));
    }
  }
}

// The tests above rest on this: NaN in the cache reaches the result wherever it is read.
TEST_P(Prefill, ANanThatIsReadIsNotHidden) {
  PrefillSetup const setup{.sequences = {{300, 300}}};
  PrefillProblem const one = problem(setup, streaming_selection(setup, 0, 1));

  EXPECT_FALSE(one.matches(one.run(make_work(setup, full_selection(setup), 1))));
}

}  // namespace
}  // namespace fluxscope::testing
