#pragma once
// A decode attention problem with its expected result, for the tests of decode_split, combine and
// gather_kv. Every KV token that no query head selects is NaN unless told otherwise.

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "kernels/attention/decode_split/launch.hpp"
#include "plan/layer/work_list.hpp"
#include "tests/kernels/attention/launch.hpp"
#include "tests/kernels/attention/reference.hpp"
#include "tests/kernels/support/block_selection.hpp"

namespace fluxscope::testing {

struct DecodeSetup {
  std::int32_t head_dim = 128;
  std::int32_t q_heads = 8;
  std::int32_t kv_heads = 2;
  std::vector<std::int32_t> kv_len;  // [batch]
  std::int32_t page_tokens = 0;      ///< 0: contiguous
  float q_scale = 1;                 ///< standard deviation of the queries
  bool poison = true;                ///< NaN in unselected tokens
  std::uint64_t seed = 1;

  [[nodiscard]] std::size_t rows() const {
    return kv_len.size() * static_cast<std::size_t>(kv_heads);
  }
};

/// KV blocks that each (seq, kv_head) reads, ascending.
using DecodeSelection = BlockSelection;  // [rows]

[[nodiscard]] DecodeSelection full_selection(DecodeSetup const& setup);
/// The first `sink` and the last `local` blocks.
[[nodiscard]] DecodeSelection streaming_selection(DecodeSetup const& setup, std::int32_t sink,
                                                  std::int32_t local);

/// See split_by_hand.
[[nodiscard]] Launches make_work(DecodeSetup const& setup, DecodeSelection const& selection,
                                 std::int32_t splits, bool as_list = false);

/// Execution `masked`: lists of all visible blocks, the unselected ones with kMaskedOutBit.
[[nodiscard]] Launches make_masked_work(DecodeSetup const& setup, DecodeSelection const& selection,
                                        std::int32_t splits);

using DecodeResult = AttentionResult;  // rows: sequences

/// launch_decode_split.
[[nodiscard]] AttentionLauncher decode_launcher();

class DecodeProblem {
 public:
  DecodeProblem(DecodeSetup setup, DecodeSelection selection,
                AttentionLauncher launcher = decode_launcher());

  /// See run_launches.
  [[nodiscard]] DecodeResult run(Launches const& launches, ProbeCapacity probe = {}) const;

  /// Runs a layer of the planner with its KV layout, see pages_before.
  [[nodiscard]] DecodeResult run_layer(plan::LayerWork const& work) const;

  /// row_matches for every row.
  [[nodiscard]] ::testing::AssertionResult matches(DecodeResult const& result) const;

 private:
  [[nodiscard]] DecodeResult execute(Launches const& launches, KvPages pages,
                                     ProbeCapacity probe) const;
  [[nodiscard]] ReferenceRow expected_row(std::size_t seq, std::int32_t q_head) const;

  DecodeSetup setup_;
  DecodeSelection selection_;
  AttentionLauncher launcher_;
  KvCache cache_;
  std::vector<float> q_;  // [batch, q_heads, head_dim], bf16 values
};

}  // namespace fluxscope::testing
