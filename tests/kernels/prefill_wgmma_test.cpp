#include "kernels/prefill_wgmma.hpp"

#include <algorithm>
#include <span>
#include <tuple>

#include "base/random.hpp"
#include "kernels/cuda_check.hpp"
#include "tests/kernels/device_array.hpp"
#include "tests/kernels/prefill_problem.hpp"

namespace fluxscope::testing {
namespace {

AttentionLauncher prefill_wgmma() {
  return
      [](kernels::AttentionParams const& params, kernels::ProbeLevel level, cudaStream_t stream) {
        kernels::launch_prefill_wgmma(params, {.probe = level}, stream);
      };
}

class PrefillWgmma : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
    if (!kernels::have_prefill_wgmma()) GTEST_SKIP() << "the GPU is not of compute capability 9.0";
  }

  /// The problem of `setup` and `selection` for this kernel.
  static PrefillProblem problem(PrefillSetup const& setup, PrefillSelection const& selection) {
    return {setup, selection, prefill_wgmma()};
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

/// Four CTAs take the tiles of the first launch from a queue, in the order they have.
Launches persistent(Launches launches) {
  launches[0].scheduler = plan::Scheduler::persistent;
  launches[0].grid_ctas = 4;
  return launches;
}

// ---- values ----

class PrefillWgmmaShapes
    : public PrefillWgmma,
      public ::testing::WithParamInterface<std::tuple<std::int32_t, plan::SequenceShape>> {};

TEST_P(PrefillWgmmaShapes, MatchesTheDoubleReferenceForEveryGroup) {
  auto const [head_dim, sequence] = GetParam();
  for (std::int32_t const kv_heads : {1, 2, 4}) {  // MQA, GQA, MHA
    PrefillSetup const setup{
        .head_dim = head_dim, .q_heads = 4, .kv_heads = kv_heads, .sequences = {sequence}};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const one = problem(setup, selection);

    for (std::int32_t const splits : {1, 3, 9}) {  // 9: more pieces than blocks
      EXPECT_TRUE(one.matches(one.run(make_work(setup, selection, splits))))
          << splits << " splits, " << kv_heads << " KV heads";
    }
  }
}

// q_len, kv_len: the queries are the last q_len positions.
INSTANTIATE_TEST_SUITE_P(
    Lengths, PrefillWgmmaShapes,
    ::testing::Combine(
        ::testing::Values(64, 128),
        ::testing::Values(plan::SequenceShape{1, 1}, plan::SequenceShape{1, 239},
                          plan::SequenceShape{3, 799}, plan::SequenceShape{31, 33},
                          plan::SequenceShape{64, 128}, plan::SequenceShape{108, 256},
                          plan::SequenceShape{113, 113}, plan::SequenceShape{113, 203},
                          plan::SequenceShape{127, 127}, plan::SequenceShape{128, 128},
                          plan::SequenceShape{128, 192}, plan::SequenceShape{129, 129},
                          plan::SequenceShape{200, 300}, plan::SequenceShape{256, 512},
                          plan::SequenceShape{384, 384}, plan::SequenceShape{640, 641},
                          plan::SequenceShape{1023, 1024}, plan::SequenceShape{1024, 1024})));

TEST_F(PrefillWgmma, LongSequencesMatch) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim, .sequences = {{4096, 4096}, {2000, 4224}}};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const one = problem(setup, selection);

    EXPECT_TRUE(one.matches(one.run(persistent(make_work(setup, selection, 1)))));
  }
}

// Whole pages go by the copy engine, a box each; the last, ragged block goes row by row.
TEST_F(PrefillWgmma, ReadsPagesOfEverySize) {
  for (std::int32_t const page_tokens : {16, 32, 64, 128}) {
    for (std::int32_t const head_dim : {64, 128}) {
      PrefillSetup const setup{.head_dim = head_dim,
                               .sequences = {{700, 1000}, {129, 129}, {5, 16}},
                               .page_tokens = page_tokens};
      PrefillSelection const selection = streaming_selection(setup, 1, 3);
      PrefillProblem const one = problem(setup, selection);

      EXPECT_TRUE(one.matches(one.run(make_work(setup, selection, 1))));
      EXPECT_TRUE(one.matches(one.run(persistent(make_work(setup, selection, 3, true)))));
    }
  }
}

TEST_F(PrefillWgmma, ReadsCachesWhoseHeadsInterleave) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim,
                             .q_heads = 6,
                             .kv_heads = 3,
                             .sequences = {{300, 500}, {77, 77}},
                             .token_major = true};
    PrefillSelection const selection = full_selection(setup);
    PrefillProblem const one = problem(setup, selection);

    EXPECT_TRUE(one.matches(one.run(make_work(setup, selection, 1))));
  }
}

TEST_F(PrefillWgmma, ReadsTheTwoRangesOfAStreamingSelectionOnly) {
  PrefillSetup const setup{.sequences = {{1500, 1500}, {300, 2177}, {640, 640}}};
  PrefillSelection const selection = streaming_selection(setup, 1, 3);
  PrefillProblem const one = problem(setup, selection);

  for (std::int32_t const splits : {1, 2, 4}) {
    EXPECT_TRUE(one.matches(one.run(persistent(make_work(setup, selection, splits)))));
  }
}

TEST_F(PrefillWgmma, ReadsListedBlocksOnly) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{.head_dim = head_dim, .sequences = {{1100, 1100}, {500, 1000}}};
    // Some rows lose their diagonal block, some all blocks.
    PrefillSelection const selection = thinned(full_selection(setup), 0.6, 7);
    PrefillProblem const one = problem(setup, selection);

    for (std::int32_t const splits : {1, 4}) {
      EXPECT_TRUE(one.matches(one.run(make_work(setup, selection, splits, true))));
      EXPECT_TRUE(one.matches(one.run(persistent(make_work(setup, selection, splits, true)))));
    }
  }
}

TEST_F(PrefillWgmma, RowsWithoutBlocksAreZeroWithLseMinusInfinity) {
  PrefillSetup const setup{.sequences = {{200, 200}, {130, 600}}};
  PrefillSelection selection = full_selection(setup);
  for (std::size_t row = 0; row < selection.size(); row += 3) selection[row].clear();
  PrefillProblem const one = problem(setup, selection);

  for (std::int32_t const splits : {1, 3}) {
    EXPECT_TRUE(one.matches(one.run(persistent(make_work(setup, selection, splits)))));
  }
}

TEST_F(PrefillWgmma, MaskedOutBlocksGiveTheBitsOfSkippedOnes) {
  for (std::int32_t const head_dim : {64, 128}) {
    PrefillSetup const setup{
        .head_dim = head_dim, .sequences = {{900, 900}, {200, 700}}, .poison = false};
    for (PrefillSelection const& selection :
         {streaming_selection(setup, 1, 2), thinned(full_selection(setup), 0.5, 9)}) {
      PrefillProblem const one = problem(setup, selection);

      AttentionResult const masked = one.run(make_masked_work(setup, selection, 1));

      EXPECT_TRUE(one.matches(masked));
      EXPECT_TRUE(same_bits(masked, one.run(make_work(setup, selection, 1, true))));
      EXPECT_TRUE(one.matches(one.run(make_masked_work(setup, selection, 4))));
    }
  }
}

// The kernel goes on with the maximum of a row's first block until a sum passes a limit. Here rows
// whose first block has one token, of any score, meet scores higher by more than fp32's range.
TEST_F(PrefillWgmma, ScoresFarAboveTheFirstBlockMatch) {
  for (float const scale : {10.0f, 30.0f, 100.0f}) {
    for (std::int32_t const head_dim : {64, 128}) {
      PrefillSetup const setup{
          .head_dim = head_dim, .sequences = {{600, 900}, {257, 1025}}, .outlier_scale = scale};
      PrefillSelection const selection = full_selection(setup);
      PrefillProblem const one = problem(setup, selection);

      EXPECT_TRUE(one.matches(one.run(make_work(setup, selection, 1))));
      EXPECT_TRUE(one.matches(one.run(make_work(setup, selection, 3))));
    }
  }
}

// The tests above rest on this: NaN in the cache reaches the result wherever it is read.
TEST_F(PrefillWgmma, ANanThatIsReadIsNotHidden) {
  PrefillSetup const setup{.sequences = {{300, 300}}};
  PrefillProblem const one = problem(setup, streaming_selection(setup, 0, 1));

  EXPECT_FALSE(one.matches(one.run(make_work(setup, full_selection(setup), 1))));
}

// ---- schedulers, order, probe ----

class PrefillWgmmaSchedule : public PrefillWgmma {
 protected:
  PrefillSetup setup_{.q_heads = 8, .sequences = {{900, 900}, {100, 700}, {400, 512}}, .seed = 5};
  PrefillSelection selection_ = thinned(full_selection(setup_), 0.3, 3);  // some rows are empty
};

TEST_F(PrefillWgmmaSchedule, EverySchedulerAndOrderGivesTheSameBits) {
  PrefillProblem const one = problem(setup_, selection_);
  Random random(11);
  for (std::int32_t const splits : {1, 3}) {
    Launches const natural = make_work(setup_, selection_, splits, true);
    AttentionResult const expected = one.run(natural);
    ASSERT_TRUE(one.matches(expected));
    Launches shares = natural;
    shares[0].scheduler = plan::Scheduler::balanced_split;
    shares[0].grid_ctas = 4;  // one share is empty
    shares[0].cta_begin = {0, 10, 10, 70, static_cast<std::int32_t>(natural[0].tiles.size())};
    Launches larger_grid = persistent(natural);
    larger_grid[0].grid_ctas = 500;  // more than tiles

    EXPECT_TRUE(same_bits(one.run(shares), expected));
    EXPECT_TRUE(same_bits(one.run(larger_grid), expected));
    for (int repeat = 0; repeat < 4; ++repeat) {
      Launches permuted = persistent(natural);
      shuffle(std::span(permuted[0].tiles), random);
      EXPECT_TRUE(same_bits(one.run(permuted), expected));
    }
  }
}

TEST_F(PrefillWgmmaSchedule, TheProbeChangesNoBitAndRecordsEveryTile) {
  for (std::int32_t const head_dim : {64, 128}) {
    setup_.head_dim = head_dim;
    PrefillProblem const one = problem(setup_, selection_);
    Launches const work = persistent(make_work(setup_, selection_, 3, true));
    auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());
    auto const warps =
        static_cast<std::uint32_t>(kernels::prefill_wgmma_facts(head_dim, {}).threads_per_cta / 32);

    AttentionResult const probed = one.run(work, {.warps = 4 * warps, .tiles = tiles});

    EXPECT_TRUE(one.matches(probed));
    EXPECT_TRUE(same_bits(probed, one.run(work)));
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

TEST_F(PrefillWgmma, UsesNoLocalMemory) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      auto const facts = kernels::prefill_wgmma_facts(head_dim, {.probe = level});
      EXPECT_EQ(facts.local_bytes, 0);
      EXPECT_EQ(facts.ctas_per_sm, 1);
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing
