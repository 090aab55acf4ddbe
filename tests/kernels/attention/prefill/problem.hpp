#pragma once
// A prefill attention problem with its expected result. Every KV token that no query row's block
// list holds is NaN unless told otherwise.

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "plan/layer/work_list.hpp"
#include "tests/kernels/attention/launch.hpp"
#include "tests/kernels/attention/reference.hpp"
#include "tests/kernels/support/block_selection.hpp"

namespace fluxscope::testing {

/// launch_prefill.
[[nodiscard]] AttentionLauncher prefill_launcher(plan::PrefillKernel kernel);

struct PrefillSetup {
  std::int32_t head_dim = 128;
  std::int32_t q_heads = 4;
  std::int32_t kv_heads = 2;
  std::vector<plan::SequenceShape> sequences;  // [batch]
  std::int32_t page_tokens = 0;                ///< 0: contiguous
  bool token_major = false;                    ///< see KvCacheShape
  float outlier_scale = 1;                     ///< of every seventh query row
  bool poison = true;                          ///< NaN in unselected tokens
  std::uint64_t seed = 1;

  [[nodiscard]] std::int32_t q_blocks(std::size_t seq) const {
    return (sequences[seq].q_len + 127) / 128;
  }
  /// KV blocks that hold a token which the last row of the query block sees.
  [[nodiscard]] std::int32_t visible(std::size_t seq, std::int32_t q_block) const;
};

/// KV blocks that each (seq, q_head, q_block) reads, ascending; q_block fastest.
using PrefillSelection = BlockSelection;

[[nodiscard]] PrefillSelection full_selection(PrefillSetup const& setup);
/// The first `sink` and the last `local` of the visible blocks.
[[nodiscard]] PrefillSelection streaming_selection(PrefillSetup const& setup, std::int32_t sink,
                                                   std::int32_t local);

/// See split_by_hand.
[[nodiscard]] Launches make_work(PrefillSetup const& setup, PrefillSelection const& selection,
                                 std::int32_t splits, bool as_list = false);

/// Execution `masked`: lists of all visible blocks, the unselected ones with kMaskedOutBit.
[[nodiscard]] Launches make_masked_work(PrefillSetup const& setup,
                                        PrefillSelection const& selection, std::int32_t splits);

class PrefillProblem {
 public:
  PrefillProblem(PrefillSetup setup, PrefillSelection selection, AttentionLauncher launcher);

  /// See run_launches. Result rows: one that no sequence owns before each sequence.
  [[nodiscard]] AttentionResult run(Launches const& launches, ProbeCapacity probe = {}) const;

  /// Runs a layer of the planner with its KV layout, see pages_before.
  [[nodiscard]] AttentionResult run_layer(plan::LayerWork const& work) const;

  /// row_matches for every row, or for a part of the rows of sequences above 1200 queries. Rows
  /// that no sequence owns must be untouched.
  [[nodiscard]] ::testing::AssertionResult matches(AttentionResult const& result) const;

 private:
  struct Row {
    std::size_t seq;
    std::int32_t head;
    std::int32_t query;  // of its sequence
  };
  [[nodiscard]] AttentionResult execute(Launches const& launches, KvPages pages,
                                        ProbeCapacity probe) const;
  [[nodiscard]] std::vector<Row> checked_rows() const;
  [[nodiscard]] std::size_t row_index(Row const& row) const;
  [[nodiscard]] ReferenceRow expected_row(Row const& row) const;

  PrefillSetup setup_;
  PrefillSelection selection_;
  AttentionLauncher launcher_;
  std::vector<std::size_t> selection_begin_;  // [batch]: of (seq, 0, 0)
  std::vector<std::int64_t> q_row_begin_;     // [batch]
  KvCache cache_;
  std::vector<float> q_;  // [rows, q_heads, head_dim], bf16 values
};

}  // namespace fluxscope::testing
