#include "kernels/decode_split.hpp"

#include <algorithm>
#include <span>
#include <tuple>

#include "base/random.hpp"
#include "tests/kernels/decode_problem.hpp"
#include "tests/kernels/device_array.hpp"

namespace fluxscope::testing {
namespace {

constexpr std::uint32_t kWarps = 8;  // of a CTA of decode_split

class DecodeSplit : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

// ---- values ----

class DecodeSplitShapes
    : public DecodeSplit,
      public ::testing::WithParamInterface<std::tuple<std::int32_t, std::int32_t, std::int32_t>> {};

TEST_P(DecodeSplitShapes, MatchesTheDoubleReference) {
  auto const [head_dim, group, kv_len] = GetParam();
  DecodeSetup const setup{
      .head_dim = head_dim, .q_heads = 2 * group, .kv_heads = 2, .kv_len = {kv_len}};
  DecodeSelection const selection = full_selection(setup);
  DecodeProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 3, 40}) {  // 40: more pieces than blocks
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits))))
        << splits << " splits";
  }
}

INSTANTIATE_TEST_SUITE_P(LengthsAndGroups, DecodeSplitShapes,
                         ::testing::Combine(::testing::Values(64, 128),
                                            ::testing::Values(1, 3, 4, 8, 16),
                                            ::testing::Values(1, 17, 127, 128, 129, 1000, 4099)));

TEST_F(DecodeSplit, ReadsPagesOfEverySize) {
  for (std::int32_t const page_tokens : {16, 32, 64, 128}) {
    for (std::int32_t const head_dim : {64, 128}) {
      DecodeSetup const setup{
          .head_dim = head_dim, .kv_len = {1000, 129, 16}, .page_tokens = page_tokens};
      DecodeSelection const selection = streaming_selection(setup, 1, 3);
      DecodeProblem const problem(setup, selection);

      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 1))));
      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 3, true))));
    }
  }
}

TEST_F(DecodeSplit, ReadsTheTwoRangesOfAStreamingSelectionOnly) {
  DecodeSetup const setup{.kv_len = {4099, 2176, 2177, 300}};
  DecodeSelection const selection = streaming_selection(setup, 1, 16);
  DecodeProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 2, 5}) {
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits))));
  }
}

TEST_F(DecodeSplit, ReadsListedBlocksOnly) {
  DecodeSetup const setup{.q_heads = 32, .kv_heads = 8, .kv_len = {2000, 4099}};
  DecodeSelection selection = full_selection(setup);
  Random random(7);
  for (auto& blocks : selection) {
    std::erase_if(blocks, [&](std::int32_t) { return random.unit() < 0.6; });
  }
  DecodeProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 4}) {
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits, true))));
  }
}

TEST_F(DecodeSplit, MaskedOutBlocksWeighNothing) {
  DecodeSetup const setup{.kv_len = {2000, 700}, .poison = false};
  DecodeSelection const selection = streaming_selection(setup, 1, 2);
  DecodeProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 6}) {  // 6: some pieces are masked out altogether
    EXPECT_TRUE(problem.matches(problem.run(make_masked_work(setup, selection, splits))));
  }
}

TEST_F(DecodeSplit, RowsWithoutBlocksAreZeroWithLseMinusInfinity) {
  DecodeSetup const setup{.kv_len = {500, 600}};
  DecodeSelection selection = full_selection(setup);
  selection[1].clear();
  selection[2].clear();
  DecodeProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 3}) {
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits))));
  }
}

TEST_F(DecodeSplit, MixedHeadsOfARaggedBatchMatch) {
  DecodeSetup const setup{
      .q_heads = 32, .kv_heads = 8, .kv_len = {1, 5000, 130, 2304, 1023}, .seed = 3};
  DecodeSelection selection = full_selection(setup);
  DecodeSelection const streaming = streaming_selection(setup, 1, 4);
  for (std::size_t row = 0; row < selection.size(); row += 2) selection[row] = streaming[row];
  DecodeProblem const problem(setup, selection);

  for (std::int32_t const splits : {1, 2, 8}) {
    EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, splits))));
  }
}

TEST_F(DecodeSplit, LargeScoresStayFinite) {
  DecodeSetup const setup{.kv_len = {1000}, .q_scale = 30};
  DecodeSelection const selection = full_selection(setup);
  DecodeProblem const problem(setup, selection);

  EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 1))));
  EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 4))));
}

// ---- schedulers and order ----

class DecodeSplitSchedule : public DecodeSplit {
 protected:
  DecodeSetup setup_{.q_heads = 32, .kv_heads = 8, .kv_len = {3000, 200, 1500}, .seed = 5};
  DecodeSelection selection_ = full_selection(setup_);
};

TEST_F(DecodeSplitSchedule, EverySchedulerGivesTheSameBits) {
  DecodeProblem const problem(setup_, selection_);
  Launches const natural = make_work(setup_, selection_, 3);
  DecodeResult const expected = problem.run(natural);
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

TEST_F(DecodeSplitSchedule, AGridLargerThanTheQueueIsHarmless) {
  DecodeProblem const problem(setup_, selection_);
  Launches work = make_work(setup_, selection_, 1);
  work[0].scheduler = plan::Scheduler::persistent;
  work[0].grid_ctas = 500;  // 24 tiles

  EXPECT_TRUE(problem.matches(problem.run(work)));
}

TEST_F(DecodeSplitSchedule, PermutedTilesGiveTheSameBits) {
  DecodeProblem const problem(setup_, selection_);
  Launches work = make_work(setup_, selection_, 2);
  DecodeResult const expected = problem.run(work);
  ASSERT_TRUE(problem.matches(expected));
  Random random(11);

  for (int repeat = 0; repeat < 3; ++repeat) {
    shuffle(std::span(work[0].tiles), random);
    EXPECT_TRUE(same_bits(problem.run(work), expected));
  }
}

TEST_F(DecodeSplitSchedule, RepetitionsGiveTheSameBits) {
  DecodeProblem const problem(setup_, selection_);
  Launches const work = make_work(setup_, selection_, 5);
  DecodeResult const expected = problem.run(work);
  ASSERT_TRUE(problem.matches(expected));

  for (int repeat = 0; repeat < 5; ++repeat) {
    EXPECT_TRUE(same_bits(problem.run(work), expected));
  }
}

// ---- probe ----

TEST_F(DecodeSplitSchedule, TheProbeChangesNoBitAndRecordsEveryTile) {
  DecodeProblem const problem(setup_, selection_);
  Launches work = make_work(setup_, selection_, 3);
  work[0].scheduler = plan::Scheduler::persistent;
  work[0].grid_ctas = 9;
  auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());

  DecodeResult const probed = problem.run(work, {.warps = 9 * kWarps, .tiles = tiles});

  EXPECT_TRUE(problem.matches(probed));
  EXPECT_TRUE(same_bits(probed, problem.run(work)));
  for (kernels::TileRecord const& record : probed.tiles) {
    auto const& warp = probed.warps.at(record.cta * kWarps);
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
    EXPECT_TRUE(row % kWarps == 0 ||
                warp.tiles_attempted == 0u);  // the first warp of a CTA records
    attempted += warp.tiles_attempted;
  }
  EXPECT_EQ(attempted, tiles);
}

TEST_F(DecodeSplitSchedule, TheProbeCountsWhatItDrops) {
  DecodeProblem const problem(setup_, selection_);
  Launches const work = make_work(setup_, selection_, 2);
  auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());

  DecodeResult const probed = problem.run(work, {.warps = tiles * kWarps, .tiles = tiles / 3});

  EXPECT_TRUE(problem.matches(probed));
  std::uint32_t attempted = 0;
  std::uint32_t written = 0;
  for (auto const& warp : probed.warps) {
    attempted += warp.tiles_attempted;
    written += warp.tiles_written;
  }
  EXPECT_EQ(attempted, tiles);
  EXPECT_EQ(written, tiles / 3);
}

TEST_F(DecodeSplit, UsesNoLocalMemory) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      auto const facts = kernels::decode_split_facts(head_dim, {.probe = level});
      EXPECT_EQ(facts.local_bytes, 0);
      EXPECT_GE(facts.ctas_per_sm, 1);
      EXPECT_EQ(facts.threads_per_cta, 32 * static_cast<std::int32_t>(kWarps));
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing
