#pragma once
// The kernel embedding.

#include "kernels/dense/embedding/launch.hpp"
#include "kernels/dense/row_chunk.cuh"
#include "kernels/device/bf16.cuh"
#include "kernels/device/probe.cuh"

namespace fluxscope::kernels::lookup {

inline constexpr std::uint32_t kNanPair = 0x7fff7fffu;

template <ProbeLevel kProbe>
__global__ void __launch_bounds__(kChunkThreads) embedding_kernel(EmbeddingParams const params) {
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kChunkThreads / 32);)
  std::int64_t const hidden = params.hidden;
  int const pieces = params.hidden / kPieceElements;
  RowChunk const chunk(pieces);
  ptx::let_next_grid_start();
  ptx::wait_for_previous_grid();
  std::int32_t const token = params.tokens[chunk.row];
  bool const known = token >= 0 && token < params.vocab_size;
  __nv_bfloat16 const* const row = params.table + (known ? token : 0) * hidden;
  uint4 bits[kChunkLoads];
#pragma unroll
  for (int i = 0; i < kChunkLoads; ++i) {
    bits[i] = {kNanPair, kNanPair, kNanPair, kNanPair};
    if (known && chunk.piece(i) < pieces) {
      bits[i] = __ldg(reinterpret_cast<uint4 const*>(row) + chunk.piece(i));
    }
  }
#pragma unroll
  for (int i = 0; i < kChunkLoads; ++i) {
    if (chunk.piece(i) < pieces) {
      store_piece(params.y + chunk.row * hidden + chunk.piece(i) * kPieceElements, bits[i]);
    }
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::lookup
