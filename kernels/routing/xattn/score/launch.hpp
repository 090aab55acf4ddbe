#pragma once
// xattn_score: XAttention's block scores (kernels/routing/xattn/groups.hpp) by mma.sync, sm_80 and
// newer.
//
// block score(q_block, kv_block) = sum over the block's query groups of the softmax weight, over
// all key groups that the query group sees, that falls on the KV block. A row of scores sums to the
// number of its query groups, 128 / stride or fewer at a ragged end.
//
// Algorithm: softmax in pieces, as in FlashAttention (arXiv 2205.14135), but of sums per KV block:
// a tile's CTA goes over the key groups once, leaves per query group and KV block the sum of
// exponentials relative to a maximum of its chunk in its own part of the workspace, and weighs and
// adds them up when the row is complete. The matrix of group scores is never stored.

#include <cuda_runtime_api.h>

#include <cstddef>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/xattn/work.hpp"

namespace fluxscope::kernels {

/// q_len, kv_len, q_row_begin, kv_offset and kv_head_stride of the sequences are used; the last two
/// in multiples of 8.
struct XattnScoreParams {
  __nv_bfloat16 const* q = nullptr;           // [rows, q_heads, head_dim]
  KvParams kv;                                ///< k alone is read; contiguous
  SequenceParams const* sequences = nullptr;  // [batch]
  TileTableOf<XattnScoreTile> work;           ///< XattnTables::tiles; block_list is not read
  std::int64_t const* row_begin = nullptr;    // XattnTables::row_begin
  float* block_scores = nullptr;              // [row_begin.back()]
  void* workspace = nullptr;       // [xattn_workspace_bytes(work.grid_ctas, max_kv_blocks)]
  std::int32_t max_kv_blocks = 0;  ///< XattnTables::max_kv_blocks
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;  ///< 64 or 128
  std::int32_t stride = 16;   ///< 8 or 16
  float softmax_scale = 0;    ///< usually 1 / sqrt(head_dim); divided by the stride here
  ProbeBuffers probe;
};

/// Never changes the result beyond rounding.
struct XattnTuning {
  ProbeLevel probe = ProbeLevel::off;
};

[[nodiscard]] std::size_t xattn_workspace_bytes(std::int32_t grid_ctas, std::int32_t max_kv_blocks);

/// Throws InputError for what no score kernel can run: an unsupported shape, stride or scale, paged
/// KV, a null or misaligned pointer (16 bytes).
void check_xattn_score(XattnScoreParams const& params, char const* where);

/// Enqueues on `stream`; allocates nothing, does not synchronise. Tokens from kv_len on are never
/// read. Throws InputError as check_xattn_score does, CudaError if the launch is refused.
void launch_xattn_score(XattnScoreParams const& params, XattnTuning const& tuning,
                        cudaStream_t stream);

[[nodiscard]] KernelFacts xattn_score_facts(std::int32_t head_dim, std::int32_t stride,
                                            XattnTuning const& tuning);

}  // namespace fluxscope::kernels
