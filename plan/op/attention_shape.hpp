#pragma once
// The sizes that the work of an attention operation follows from. Plain data without device code.

#include <cstdint>

#include "plan/op/element.hpp"

namespace fluxscope::plan {

/// KV and query granularity of every selection and tile, in tokens. Flux's streaming and block
/// masks have this granularity (128 x 128 blocks of mit-han-lab/Block-Sparse-Attention).
inline constexpr int kBlockTokens = 128;

/// First and last tokens of a prompt whose queries Flux's router pools (arXiv 2604.07394, Table 3).
inline constexpr std::int32_t kRouterPoolTokens = 100;

struct AttentionShape {
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;

  friend bool operator==(AttentionShape const&, AttentionShape const&) = default;
};

/// Bytes of one token's K and V in one KV head, bf16.
[[nodiscard]] constexpr std::int64_t kv_token_bytes(AttentionShape const& shape) {
  return 2 * kElementBytes * shape.head_dim;
}

/// Bytes of one KV head's K and V block, bf16.
[[nodiscard]] constexpr std::int64_t kv_block_bytes(AttentionShape const& shape) {
  return kBlockTokens * kv_token_bytes(shape);
}

}  // namespace fluxscope::plan
