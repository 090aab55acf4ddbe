#pragma once
// gather_kv: copies the KV blocks that the tiles name from a contiguous cache into pages.

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {

struct GatherKvParams {
  KvParams source;                   ///< contiguous
  __nv_bfloat16* k_pages = nullptr;  // [pages, kBlockTokens, head_dim]
  __nv_bfloat16* v_pages = nullptr;  // [pages, kBlockTokens, head_dim]
  std::int32_t const* page_table =
      nullptr;  // [batch, kv_heads, pages_per_head], kBlockTokens pages
  std::int32_t pages_per_head = 0;
  SequenceParams const* sequences = nullptr;  // [batch]
  TileTable work;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  ProbeBuffers probe;
};

/// Enqueues only. Rows beyond kv_len of a last block are not written.
void launch_gather_kv(GatherKvParams const& params, ProbeLevel probe, cudaStream_t stream);

[[nodiscard]] KernelFacts gather_kv_facts(std::int32_t head_dim, ProbeLevel probe);

}  // namespace fluxscope::kernels
