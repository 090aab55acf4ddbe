// No scheduler, order or repetition changes a bit of what a prefill kernel computes.

#include "tests/kernels/attention/prefill/suite.hpp"
#include "tests/kernels/support/launch_order.hpp"

namespace fluxscope::testing {
namespace {

class PrefillSchedule : public PrefillBatch {};
INSTANTIATE_TEST_SUITE_P(Kernels, PrefillSchedule, ::testing::ValuesIn(kPrefillKernels),
                         kernel_name);

TEST_P(PrefillSchedule, EverySchedulerGivesTheSameBits) {
  PrefillProblem const one = problem(setup_, selection_);
  for (std::int32_t const splits : {1, 3}) {
    Launches const natural = make_work(setup_, selection_, splits, true);
    AttentionResult const expected = one.run(natural);
    ASSERT_TRUE(one.matches(expected));

    EXPECT_TRUE(same_bits(one.run(longest_first(natural)), expected));
    EXPECT_TRUE(same_bits(one.run(from_queue(longest_first(natural), 7)), expected));
    EXPECT_TRUE(same_bits(one.run(in_four_shares(natural)), expected));
  }
}

TEST_P(PrefillSchedule, AGridLargerThanTheQueueIsHarmless) {
  PrefillProblem const one = problem(setup_, selection_);
  for (std::int32_t const splits : {1, 3}) {
    Launches const natural = make_work(setup_, selection_, splits, true);  // 104 tiles, 312
    AttentionResult const expected = one.run(natural);
    ASSERT_TRUE(one.matches(expected));

    EXPECT_TRUE(same_bits(one.run(from_queue(natural, 500)), expected));
  }
}

TEST_P(PrefillSchedule, PermutedTilesGiveTheSameBits) {
  PrefillProblem const one = problem(setup_, selection_);
  Random random(11);
  for (std::int32_t const splits : {1, 2, 3}) {
    Launches const natural = make_work(setup_, selection_, splits, true);
    AttentionResult const expected = one.run(natural);
    ASSERT_TRUE(one.matches(expected));

    for (int repeat = 0; repeat < 4; ++repeat) {
      EXPECT_TRUE(same_bits(one.run(permuted(natural, random)), expected));
      EXPECT_TRUE(same_bits(one.run(from_queue(permuted(natural, random), 4)), expected));
    }
  }
}

TEST_P(PrefillSchedule, RepetitionsGiveTheSameBits) {
  PrefillProblem const one = problem(setup_, selection_);
  Launches const work = from_queue(make_work(setup_, selection_, 2, true), 20);
  AttentionResult const expected = one.run(work);
  ASSERT_TRUE(one.matches(expected));

  for (int repeat = 0; repeat < 5; ++repeat) {
    EXPECT_TRUE(same_bits(one.run(work), expected));
  }
}

}  // namespace
}  // namespace fluxscope::testing
