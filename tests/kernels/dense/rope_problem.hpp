#pragma once
// A ragged batch for rope_append with its expected results. What a launch must leave alone is NaN.

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "kernels/dense/rope_append/launch.hpp"
#include "kernels/dense/rope_append/reference.hpp"
#include "tests/kernels/support/kv_cache.hpp"

namespace fluxscope::testing {

struct RopeSequence {
  std::int32_t q_len = 1;
  std::int32_t kv_len = 1;
};

struct RopeSetup {
  std::int32_t head_dim = 128;
  std::int32_t q_heads = 8;
  std::int32_t kv_heads = 2;
  std::vector<RopeSequence> sequences;
  bool norms = false;
  std::int32_t pool_tokens = 0;    ///< 0: no router_q
  std::int32_t page_tokens = 0;    ///< 0: contiguous
  bool token_major = false;        ///< contiguous: [token, kv_head, d]
  std::int32_t dropped_page = -1;  ///< of every head: the page is negative
};

struct RopeOutput {
  std::vector<__nv_bfloat16> q;         // [rows, q_heads, head_dim]
  std::vector<__nv_bfloat16> router_q;  // [rows, q_heads, head_dim]
  std::vector<__nv_bfloat16> k;         // as the cache
  std::vector<__nv_bfloat16> v;         // as the cache
  std::vector<kernels::WarpRecord> warps;
};

/// Rows lie in the order of the sequences from the last to the first, with a row of no sequence
/// between them.
class RopeProblem {
 public:
  explicit RopeProblem(RopeSetup setup);

  [[nodiscard]] RopeOutput run(kernels::RowsTuning const& tuning) const;

  /// Q, router_q, K and V of every token beside the double reference, and NaN everywhere else.
  [[nodiscard]] ::testing::AssertionResult matches(RopeOutput const& output) const;

  [[nodiscard]] std::int32_t rows() const { return rows_; }

 private:
  class Expected;
  struct Token {
    std::int64_t row = 0;
    std::size_t sequence = 0;
    std::int32_t index = 0;  // in the sequence's queries
    std::int32_t position = 0;
  };

  [[nodiscard]] std::vector<Token> tokens() const;
  /// Row of k and v that holds the token, or -1.
  [[nodiscard]] std::int64_t cache_row(Token const& token, std::int32_t kv_head) const;
  [[nodiscard]] bool pooled(Token const& token) const;

  RopeSetup setup_;
  KvCache cache_;
  KvPages pages_;
  std::vector<std::int64_t> row_begin_;  // [batch]
  std::int32_t rows_ = 0;
  std::vector<float> qkv_;  // [rows, q_heads + 2 kv_heads, head_dim]
  kernels::RopeReferenceWeights weights_;
};

}  // namespace fluxscope::testing
