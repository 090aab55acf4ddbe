#include "kernels/attention/decode_split/launch.hpp"

#include <deque>
#include <span>
#include <tuple>
#include <vector>

#include "tests/kernels/attention/decode/problem.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/late_copy.hpp"
#include "tests/kernels/support/launch_order.hpp"
#include "tests/kernels/support/probe_records.hpp"

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
  DecodeSelection const selection = thinned(full_selection(setup), 0.6, 7);
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

  EXPECT_TRUE(same_bits(problem.run(longest_first(natural)), expected));
  EXPECT_TRUE(same_bits(problem.run(from_queue(longest_first(natural), 7)), expected));
  EXPECT_TRUE(same_bits(problem.run(in_four_shares(natural)), expected));
}

TEST_F(DecodeSplitSchedule, AGridLargerThanTheQueueIsHarmless) {
  DecodeProblem const problem(setup_, selection_);
  Launches const work = from_queue(make_work(setup_, selection_, 1), 500);  // 24 tiles

  EXPECT_TRUE(problem.matches(problem.run(work)));
}

TEST_F(DecodeSplitSchedule, PermutedTilesGiveTheSameBits) {
  DecodeProblem const problem(setup_, selection_);
  Launches const work = make_work(setup_, selection_, 2);
  DecodeResult const expected = problem.run(work);
  ASSERT_TRUE(problem.matches(expected));
  Random random(11);

  for (int repeat = 0; repeat < 3; ++repeat) {
    EXPECT_TRUE(same_bits(problem.run(permuted(work, random)), expected));
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

// ---- an early start ----

/// `count` elements of device memory are NaN until a late copy brings back what they held.
class Delayed {
 public:
  void delay(__nv_bfloat16 const* data, std::size_t count) {
    auto* const to = const_cast<__nv_bfloat16*>(data);
    held_.emplace_back(count);
    __nv_bfloat16* const from = held_.back().get();
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(from, to, count * sizeof(*to), cudaMemcpyDeviceToDevice));
    FLUXSCOPE_CUDA_CHECK(cudaMemset(to, 0xff, count * sizeof(*to)));
    copies_.push_back({.to = to, .from = from, .count = count});
  }

  [[nodiscard]] std::span<LateCopy const> copies() const { return copies_; }

 private:
  std::deque<DeviceArray<__nv_bfloat16>> held_;
  std::vector<LateCopy> copies_;
};

/// The queries, and each sequence's last block of K and V: what a decode step writes.
void delay_the_newest(kernels::AttentionParams const& params, std::size_t batch, Delayed& delayed) {
  auto const d = static_cast<std::size_t>(params.head_dim);
  delayed.delay(params.q, batch * static_cast<std::size_t>(params.q_heads) * d);
  std::vector<kernels::SequenceParams> sequences(batch);
  FLUXSCOPE_CUDA_CHECK(cudaMemcpy(sequences.data(), params.sequences, batch * sizeof(sequences[0]),
                                  cudaMemcpyDeviceToHost));
  for (kernels::SequenceParams const& sequence : sequences) {
    std::int32_t const first = (sequence.kv_len - 1) / plan::kBlockTokens * plan::kBlockTokens;
    for (std::int32_t head = 0; head < params.kv_heads; ++head) {
      std::int64_t const at =
          sequence.kv_offset + head * sequence.kv_head_stride + first * params.kv.token_stride;
      auto const count = static_cast<std::size_t>(sequence.kv_len - first) * d;
      delayed.delay(params.kv.k + at, count);
      delayed.delay(params.kv.v + at, count);
    }
  }
}

/// launch_decode_split with an early start, behind a grid that writes the newest token late.
AttentionLauncher early_after_the_newest_token(std::size_t batch) {
  return [batch](kernels::AttentionParams const& params, kernels::ProbeLevel level,
                 cudaStream_t stream) {
    Delayed delayed;
    delay_the_newest(params, batch, delayed);
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());  // `stream` does not wait for the default one
    launch_late_copies(delayed.copies(), stream);
    kernels::launch_decode_split(params, {.probe = level, .early = true}, stream);
    FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream));  // before `delayed` is freed
  };
}

TEST_F(DecodeSplit, AnEarlyStartReadsWhatTheGridBeforeWrites) {
  for (std::int32_t const head_dim : {64, 128}) {
    DecodeSetup const setup{.head_dim = head_dim, .kv_len = {640, 4099, 100}};
    DecodeSelection const selection = full_selection(setup);
    DecodeProblem const problem(setup, selection,
                                early_after_the_newest_token(setup.kv_len.size()));

    for (bool const as_list : {false, true}) {
      // 4: the last pieces begin so late that their first copies would reach the last block.
      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 1, as_list))));
      EXPECT_TRUE(problem.matches(problem.run(make_work(setup, selection, 4, as_list))));
      EXPECT_TRUE(
          problem.matches(problem.run(from_queue(make_work(setup, selection, 4, as_list), 3))));
    }
  }
}

// ---- probe ----

TEST_F(DecodeSplitSchedule, TheProbeChangesNoBitAndRecordsEveryTile) {
  DecodeProblem const problem(setup_, selection_);
  Launches const work = from_queue(make_work(setup_, selection_, 3), 9);
  auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());

  DecodeResult const probed = problem.run(work, {.warps = 9 * kWarps, .tiles = tiles});

  EXPECT_TRUE(problem.matches(probed));
  EXPECT_TRUE(same_bits(probed, problem.run(work)));
  expect_all_recorded(probed, kWarps);
}

TEST_F(DecodeSplitSchedule, TheProbeCountsWhatItDrops) {
  DecodeProblem const problem(setup_, selection_);
  Launches const work = make_work(setup_, selection_, 2);
  auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());

  DecodeResult const probed = problem.run(work, {.warps = tiles * kWarps, .tiles = tiles / 3});

  EXPECT_TRUE(problem.matches(probed));
  EXPECT_EQ(tile_counts(probed).attempted, tiles);
  EXPECT_EQ(tile_counts(probed).written, tiles / 3);
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
