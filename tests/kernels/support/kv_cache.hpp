#pragma once
// A batch's K and V on the host, for the tests of the attention kernels. What nobody selects is
// NaN, so that a kernel that reads it shows.

#include <cstdint>
#include <vector>

namespace fluxscope::testing {

struct KvCacheShape {
  std::int32_t head_dim = 0;
  std::int32_t kv_heads = 0;
  std::vector<std::int32_t> kv_len;  // [batch]
  bool token_major = false;          ///< [token, kv_head, d] instead of [kv_head, token, d]
  bool poison = true;                ///< NaN in unselected tokens, else 0.5
  std::uint64_t seed = 1;

  [[nodiscard]] std::size_t rows() const {  ///< (seq, kv_head) pairs, kv_head fastest
    return kv_len.size() * static_cast<std::size_t>(kv_heads);
  }
};

/// Pages as kernels::KvParams describes them.
struct KvPages {
  std::vector<float> k;  // [pages, page_tokens, head_dim]
  std::vector<float> v;
  std::vector<std::int32_t> page_table;  // [batch, kv_heads, pages_per_head]
  std::int32_t page_tokens = 0;
  std::int32_t pages_per_head = 0;
};

class KvCache {
 public:
  /// `held`: blocks of each row (seq, kv_head) that get normal random bf16 numbers, up to kv_len.
  KvCache(KvCacheShape shape, std::vector<std::vector<std::int32_t>> const& held);

  [[nodiscard]] KvCacheShape const& shape() const { return shape_; }
  [[nodiscard]] std::vector<float> const& k() const { return k_; }  // [*, head_dim]
  [[nodiscard]] std::vector<float> const& v() const { return v_; }
  /// Row of k and v that holds a token of (seq, kv_head) = `row`.
  [[nodiscard]] std::size_t token_index(std::size_t row, std::int32_t token) const;

  // In elements, as in kernels::SequenceParams and kernels::KvParams.
  [[nodiscard]] std::int64_t kv_offset(std::size_t seq) const;
  [[nodiscard]] std::int64_t kv_head_stride(std::size_t seq) const;
  [[nodiscard]] std::int64_t token_stride() const;

  /// The cache in pages of its own for every (seq, kv_head, page), in random order.
  [[nodiscard]] KvPages shuffled_pages(std::int32_t page_tokens) const;
  /// The cache in the pages of `table`: a copy if `filled`, else NaN.
  [[nodiscard]] KvPages pages(std::vector<std::int32_t> table, std::int32_t page_tokens,
                              bool filled) const;

 private:
  [[nodiscard]] std::int32_t kv_len(std::size_t row) const;

  KvCacheShape shape_;
  std::vector<std::int64_t> token_begin_;  // [batch]
  std::vector<std::int64_t> head_tokens_;  // [batch]: allocated tokens per head
  std::vector<float> k_;
  std::vector<float> v_;
};

}  // namespace fluxscope::testing
