#pragma once
// What the attention kernels read and write. No device code: host files include it freely.

#include <cuda_bf16.h>

#include <cstdint>

#include "kernels/device/probe_record.hpp"
#include "kernels/device/tile_table.hpp"
#include "plan/layer/tile.hpp"

namespace fluxscope::kernels {

/// One sequence of the batch, on the device.
struct SequenceParams {
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;          ///< queries are its last q_len positions (causal)
  std::int64_t q_row_begin = 0;     ///< first row of q, o and lse
  std::int64_t kv_offset = 0;       ///< elements before (kv_head 0, token 0); contiguous KV
  std::int64_t kv_head_stride = 0;  ///< elements between KV heads; contiguous KV
};

/// K and V of the batch, bf16. Contiguous: element (kv_head, token, d) of a sequence lies at
/// kv_offset + kv_head * kv_head_stride + token * token_stride + d. Paged (page_table != null):
/// token t of (seq, kv_head) is row t % page_tokens of page
/// page_table[(seq * kv_heads + kv_head) * pages_per_head + t / page_tokens]; pages are
/// [page_tokens, head_dim] each; a negative page is never read by a valid plan.
struct KvParams {
  __nv_bfloat16 const* k = nullptr;
  __nv_bfloat16 const* v = nullptr;
  std::int64_t token_stride = 0;             ///< elements; contiguous KV
  std::int32_t const* page_table = nullptr;  // [batch, kv_heads, pages_per_head]
  std::int32_t page_tokens = 0;              ///< 16, 32, 64 or 128
  std::int32_t pages_per_head = 0;
};

/// Parameters of prefill and decode attention. Rows without any block get o = 0, lse = -inf.
struct AttentionParams {
  __nv_bfloat16 const* q = nullptr;  // [rows, q_heads, head_dim]
  KvParams kv;
  __nv_bfloat16* o = nullptr;    // [rows, q_heads, head_dim]
  float* lse = nullptr;          // [rows, q_heads], natural log
  float* o_partial = nullptr;    // [partial_slots, slot_rows, head_dim], unnormalised by nothing:
                                 // each partial is a softmax over its own blocks
  float* lse_partial = nullptr;  // [partial_slots, slot_rows]
  SequenceParams const* sequences = nullptr;  // [batch]
  TileTable work;
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  float softmax_scale = 0;  ///< usually 1 / sqrt(head_dim)
  ProbeBuffers probe;       ///< all null: probe off
};

/// Rows of one partial slot: prefill kBlockTokens query rows, decode the KV group's query heads.
inline constexpr std::int32_t kPrefillSlotRows = plan::kBlockTokens;
inline constexpr std::int32_t kDecodeSlotRows = 16;

}  // namespace fluxscope::kernels
