#pragma once
// rope_append: from a layer's QKV product to what its attention reads. Per token and head:
//
//   Q, K   norm of the head where the model has one (Qwen3), then the rotary embedding
//          (arXiv 2104.09864, halves of a head as pairs: elements i and i + head_dim / 2)
//   Q      written to q;   K, V to the cache, at the token's position
//
// Token i of a sequence has position kv_len - q_len + i, as attention counts. All in fp32 with one
// rounding of each result; angles are exact to fp32 at every position below 2^24.

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/attention/params.hpp"
#include "kernels/dense/tuning.hpp"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {

/// The cache that is written, laid out as KvParams says. A token whose page is negative is not
/// stored: a layer that streams need not hold it.
struct KvStore {
  __nv_bfloat16* k = nullptr;
  __nv_bfloat16* v = nullptr;
  std::int64_t token_stride = 0;             ///< elements; contiguous KV
  std::int32_t const* page_table = nullptr;  // [batch, kv_heads, pages_per_head]
  std::int32_t page_tokens = 0;              ///< 16, 32, 64 or 128
  std::int32_t pages_per_head = 0;

  /// What attention reads.
  [[nodiscard]] KvParams kv() const {
    return {.k = k,
            .v = v,
            .token_stride = token_stride,
            .page_table = page_table,
            .page_tokens = page_tokens,
            .pages_per_head = pages_per_head};
  }
};

struct RopeAppendParams {
  __nv_bfloat16 const* qkv = nullptr;         // [tokens, (q_heads + 2 kv_heads) head_dim]: Q, K, V
  __nv_bfloat16 const* q_weight = nullptr;    // [head_dim], of the norm of Q heads; null: none
  __nv_bfloat16 const* k_weight = nullptr;    // [head_dim], of the norm of K heads; null: none
  float const* frequency = nullptr;           // [head_dim / 2], radians per position
  SequenceParams const* sequences = nullptr;  // [batch]; a row of no sequence is left alone
  __nv_bfloat16* q = nullptr;                 // [tokens, q_heads, head_dim]
  /// [tokens, q_heads, head_dim], or null: Q before the rotary embedding, of the tokens that the
  /// router pools: the first and the last `pool_tokens` of each sequence; other rows are left
  /// alone.
  __nv_bfloat16* router_q = nullptr;
  KvStore cache;
  std::int32_t tokens = 0;
  std::int32_t batch = 0;
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;     ///< 64 or 128
  std::int32_t pool_tokens = 0;  ///< as in RouterParams; with router_q
  float eps = 0;                 ///< of the norms
  ProbeBuffers probe;            ///< warp records only
};

/// Enqueues only. Throws InputError for a shape it does not take or a null or misaligned pointer.
void launch_rope_append(RopeAppendParams const& params, RowsTuning const& tuning,
                        cudaStream_t stream);

/// Of the variant that takes so many tokens.
[[nodiscard]] KernelFacts rope_append_facts(std::int32_t head_dim, std::int32_t tokens,
                                            ProbeLevel probe);

}  // namespace fluxscope::kernels
