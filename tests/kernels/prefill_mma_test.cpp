#include "kernels/prefill_mma.hpp"

#include <algorithm>
#include <span>
#include <tuple>

#include "base/random.hpp"
#include "tests/kernels/device_array.hpp"
#include "tests/kernels/prefill_problem.hpp"

namespace fluxscope::testing {
namespace {

class PrefillMma : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

/// Removes each block with probability `share`.
PrefillSelection thinned(PrefillSelection selection, double share, std::uint64_t seed) {
  Random random(seed);
  for (auto& blocks : selection) {
    std::erase_if(blocks, [&](std::int32_t) { return random.unit() < share; });
  }
  return selection;
}

// ---- values ----

class PrefillMmaShapes
    : public PrefillMma,
      public ::testing::WithParamInterface<std::tuple<std::int32_t, plan::SequenceShape>> {};

TEST_P(PrefillMmaShapes, MatchesTheDoubleReferenceForEveryGroup) {
  auto const [head_dim, sequence] = GetParam();
  for (std::int32_t const kv_heads : {1, 2, 4}) {  // MQA, GQA, MHA
    PrefillSetup const setup{
        .head_dim = head_dim, .q_heads = 4, .kv_heads = kv_heads, .sequences = {sequence}};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const problem(setup, selection);

    for (std::int32_t const splits : {1, 3, 9}) {  // 9: more pieces than blocks
      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits))))
          << splits << " splits, " << kv_heads << " KV heads";
    }
  }
}

// q_len, kv_len: the queries are the last q_len positions.
INSTANTIATE_TEST_SUITE_P(
    Lengths, PrefillMmaShapes,
    ::testing::Combine(
        ::testing::Values(64, 128),
        ::testing::Values(plan::SequenceShape{1, 1}, plan::SequenceShape{1, 239},
                          plan::SequenceShape{3, 799}, plan::SequenceShape{31, 33},
                          plan::SequenceShape{64, 128}, plan::SequenceShape{108, 256},
                          plan::SequenceShape{113, 113}, plan::SequenceShape{113, 128},
                          plan::SequenceShape{113, 203}, plan::SequenceShape{113, 211},
                          plan::SequenceShape{127, 127}, plan::SequenceShape{128, 128},
                          plan::SequenceShape{128, 192}, plan::SequenceShape{128, 217},
                          plan::SequenceShape{129, 129}, plan::SequenceShape{200, 300},
                          plan::SequenceShape{256, 256}, plan::SequenceShape{256, 512},
                          plan::SequenceShape{384, 384}, plan::SequenceShape{640, 641},
                          plan::SequenceShape{1023, 1024}, plan::SequenceShape{1024, 1024})));

TEST_F(PrefillMma, LongSequencesMatch) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim, .sequences = {{4096, 4096}, {2000, 4224}}};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const problem(setup, selection);

    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 1))));
  }
}

TEST_F(PrefillMma, ReadsPagesOfEverySize) {
  for (std::int32_t const page_tokens : {16, 32, 64, 128}) {
    for (std::int32_t const head_dim : {64, 128}) {
      PrefillSetup const setup{.head_dim = head_dim,
                               .sequences = {{700, 1000}, {129, 129}, {5, 16}},
                               .page_tokens = page_tokens};
      PrefillSelection const selection = streaming_selection(setup, 1, 3);
      PrefillProblem const problem(setup, selection);

      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 1))));
      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 3, true))));
    }
  }
}

TEST_F(PrefillMma, ReadsCachesWhoseHeadsInterleave) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim,
                             .q_heads = 6,
                             .kv_heads = 3,
                             .sequences = {{300, 500}, {77, 77}},
                             .token_major = true};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const problem(setup, selection);

    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 1))));
  }
}

TEST_F(PrefillMma, ReadsTheTwoRangesOfAStreamingSelectionOnly) {
  PrefillSetup const setup{.sequences = {{1500, 1500}, {300, 2177}, {640, 640}}};
  PrefillSelection const selection = streaming_selection(setup, 1, 3);
  PrefillProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 2, 4}) {
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits))));
  }
}

TEST_F(PrefillMma, ReadsListedBlocksOnly) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim, .sequences = {{1100, 1100}, {500, 1000}}};
    // Some rows lose their diagonal block, some all blocks.
    PrefillSelection const selection = thinned(full_selection(setup), 0.6, 7);
    PrefillProblem const problem(setup, selection);

    for (std::int32_t const splits : {1, 4}) {
      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits, true))));
    }
  }
}

TEST_F(PrefillMma, RowsWithoutBlocksAreZeroWithLseMinusInfinity) {
  PrefillSetup const setup{.sequences = {{200, 200}, {130, 600}}};
  PrefillSelection selection = full_selection(setup);
  for (std::size_t row = 0; row < selection.size(); row += 3) selection[row].clear();
  PrefillProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 3}) {
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits))));
  }
}

TEST_F(PrefillMma, MaskedOutBlocksGiveTheBitsOfSkippedOnes) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{
        .head_dim = head_dim, .sequences = {{900, 900}, {200, 700}}, .poison = false};
    for (PrefillSelection const& selection :
         {streaming_selection(setup, 1, 2), thinned(full_selection(setup), 0.5, 9)}) {
      PrefillProblem const problem(setup, selection);

      AttentionResult const masked = problem.run(make_masked_work(setup, selection, 1));

      EXPECT_TRUE(problem.matches(masked));
      EXPECT_TRUE(same_bits(masked, problem.run(make_work(setup, selection, 1, true))));
      EXPECT_TRUE(problem.matches(problem.run(make_masked_work(setup, selection, 4))));
    }
  }
}

TEST_F(PrefillMma, AListOfAllBlocksGivesTheBitsOfTheRange) {
  PrefillSetup const setup{.sequences = {{700, 900}}};
  PrefillSelection const selection = full_selection(setup);
  PrefillProblem const problem(setup, selection);

  AttentionResult const of_range = problem.run(make_work(setup, selection, 1));
  EXPECT_TRUE(problem.matches(of_range));
  EXPECT_TRUE(same_bits(problem.run(make_work(setup, selection, 1, true)), of_range));
}

TEST_F(PrefillMma, OutlierQueriesMatch) {
  for (float const scale : {10.0f, 30.0f}) {
    PrefillSetup const setup{.sequences = {{600, 900}}, .outlier_scale = scale};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const problem(setup, selection);

    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 1))));
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 3))));
  }
}

// The tests above rest on this: NaN in the cache reaches the result wherever it is read.
TEST_F(PrefillMma, ANanThatIsReadIsNotHidden) {
  PrefillSetup const setup{.sequences = {{300, 300}}};
  PrefillProblem const problem(setup, streaming_selection(setup, 0, 1));

  EXPECT_FALSE(problem.matches(problem.run(make_work(setup, full_selection(setup), 1))));
}

// ---- schedulers and order ----

class PrefillMmaSchedule : public PrefillMma {
 protected:
  PrefillSetup setup_{.q_heads = 8, .sequences = {{900, 900}, {100, 700}, {400, 512}}, .seed = 5};
  PrefillSelection selection_ = thinned(full_selection(setup_), 0.3, 3);  // some rows are empty
};

TEST_F(PrefillMmaSchedule, EverySchedulerGivesTheSameBits) {
  PrefillProblem const problem(setup_, selection_);
  for (std::int32_t const splits : {1, 3}) {
    Launches const natural = make_work(setup_, selection_, splits, true);
    AttentionResult const expected = problem.run(natural);
    ASSERT_TRUE(problem.matches(expected));
    Launches longest_first = natural;
    std::stable_sort(longest_first[0].tiles.begin(), longest_first[0].tiles.end(),
                     [](plan::Tile const& a, plan::Tile const& b) {
                       return plan::visited_blocks(a) > plan::visited_blocks(b);
                     });
    Launches persistent = longest_first;
    persistent[0].scheduler = plan::Scheduler::persistent;
    persistent[0].grid_ctas = 7;
    Launches shares = natural;
    shares[0].scheduler = plan::Scheduler::balanced_split;
    shares[0].grid_ctas = 4;  // one share is empty
    shares[0].cta_begin = {0, 10, 10, 70, static_cast<std::int32_t>(natural[0].tiles.size())};

    EXPECT_TRUE(same_bits(problem.run(longest_first), expected));
    EXPECT_TRUE(same_bits(problem.run(persistent), expected));
    EXPECT_TRUE(same_bits(problem.run(shares), expected));
  }
}

TEST_F(PrefillMmaSchedule, AGridLargerThanTheQueueIsHarmless) {
  PrefillProblem const problem(setup_, selection_);
  Launches work = make_work(setup_, selection_, 1, true);
  work[0].scheduler = plan::Scheduler::persistent;
  work[0].grid_ctas = 500;  // 104 tiles

  EXPECT_TRUE(problem.matches(problem.run(work)));
}

TEST_F(PrefillMmaSchedule, PermutedTilesGiveTheSameBits) {
  PrefillProblem const problem(setup_, selection_);
  Launches work = make_work(setup_, selection_, 2, true);
  AttentionResult const expected = problem.run(work);
  ASSERT_TRUE(problem.matches(expected));
  Random random(11);

  for (int repeat = 0; repeat < 3; ++repeat) {
    shuffle(std::span(work[0].tiles), random);
    EXPECT_TRUE(same_bits(problem.run(work), expected));
  }
}

TEST_F(PrefillMmaSchedule, RepetitionsGiveTheSameBits) {
  PrefillProblem const problem(setup_, selection_);
  Launches work = make_work(setup_, selection_, 2, true);
  work[0].scheduler = plan::Scheduler::persistent;
  work[0].grid_ctas = 20;
  AttentionResult const expected = problem.run(work);
  ASSERT_TRUE(problem.matches(expected));

  for (int repeat = 0; repeat < 5; ++repeat) {
    EXPECT_TRUE(same_bits(problem.run(work), expected));
  }
}

// ---- probe ----

class PrefillMmaProbe : public PrefillMmaSchedule {
 protected:
  std::uint32_t warps_per_cta() const {
    auto const facts = kernels::prefill_mma_facts(setup_.head_dim, {});
    return static_cast<std::uint32_t>(facts.threads_per_cta / 32);
  }
};

TEST_F(PrefillMmaProbe, ChangesNoBitAndRecordsEveryTile) {
  for (std::int32_t const head_dim : {64, 128}) {
    setup_.head_dim = head_dim;
    PrefillProblem const problem(setup_, selection_);
    Launches work = make_work(setup_, selection_, 3, true);
    work[0].scheduler = plan::Scheduler::persistent;
    work[0].grid_ctas = 9;
    auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());
    std::uint32_t const warps = warps_per_cta();

    AttentionResult const probed = problem.run(work, {.warps = 9 * warps, .tiles = tiles});

    EXPECT_TRUE(problem.matches(probed));
    EXPECT_TRUE(same_bits(probed, problem.run(work)));
    for (kernels::TileRecord const& record : probed.tiles) {
      auto const& warp = probed.warps.at(record.cta * warps);
      EXPECT_EQ(record.sm, warp.sm);
      EXPECT_LE(warp.in_clock_cyc, record.begin_clock_cyc);
      EXPECT_LT(record.begin_clock_cyc, record.end_clock_cyc);
      EXPECT_LE(record.end_clock_cyc, warp.out_clock_cyc);
    }
    std::uint32_t attempted = 0;
    for (std::size_t row = 0; row < probed.warps.size(); ++row) {
      auto const& warp = probed.warps[row];
      EXPECT_LT(warp.in_clock_cyc, warp.out_clock_cyc);
      EXPECT_GT(warp.in_globaltimer_ns, 0u);
      EXPECT_EQ(warp.tiles_attempted, warp.tiles_written);
      EXPECT_TRUE(row % warps == 0 || warp.tiles_attempted == 0u);  // a CTA's first warp records
      attempted += warp.tiles_attempted;
    }
    EXPECT_EQ(attempted, tiles);
  }
}

TEST_F(PrefillMmaProbe, CountsWhatItDrops) {
  PrefillProblem const problem(setup_, selection_);
  Launches const work = make_work(setup_, selection_, 1, true);
  auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());
  std::uint32_t const kept_ctas = tiles / 2;  // the others have no warp record

  AttentionResult const probed =
      problem.run(work, {.warps = kept_ctas * warps_per_cta(), .tiles = tiles / 3});

  EXPECT_TRUE(problem.matches(probed));
  std::uint32_t attempted = 0;
  std::uint32_t written = 0;
  for (auto const& warp : probed.warps) {
    attempted += warp.tiles_attempted;
    written += warp.tiles_written;
  }
  EXPECT_EQ(attempted, kept_ctas);  // natural order: CTA i runs tile i
  EXPECT_EQ(written, tiles / 3);
}

TEST_F(PrefillMma, UsesNoLocalMemory) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      auto const facts = kernels::prefill_mma_facts(head_dim, {.probe = level});
      EXPECT_EQ(facts.local_bytes, 0);
      EXPECT_GE(facts.ctas_per_sm, 1);
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing
