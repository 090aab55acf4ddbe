#pragma once
// The kernel silu_mul.

#include "kernels/dense/row_chunk.cuh"
#include "kernels/dense/silu_mul/launch.hpp"
#include "kernels/device/bf16.cuh"
#include "kernels/device/probe.cuh"

namespace fluxscope::kernels::silu {

/// exp(-x) is infinite below x = -88: the result then is -0.
__device__ __forceinline__ float silu(float x) { return x / (1.0f + __expf(-x)); }

template <ProbeLevel kProbe>
__global__ void __launch_bounds__(kChunkThreads) silu_mul_kernel(SiluMulParams const params) {
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kChunkThreads / 32);)
  std::int64_t const size = params.intermediate;
  int const pieces = params.intermediate / kPieceElements;
  RowChunk const chunk(pieces);
  ptx::let_next_grid_start();
  ptx::wait_for_previous_grid();
  __nv_bfloat16 const* const gate = params.gate_up + chunk.row * 2 * size;
  uint4 bits[2][kChunkLoads] = {};
#pragma unroll
  for (int i = 0; i < kChunkLoads; ++i) {
    if (chunk.piece(i) < pieces) {
      bits[0][i] = load_piece(gate + chunk.piece(i) * kPieceElements);
      bits[1][i] = load_piece(gate + size + chunk.piece(i) * kPieceElements);
    }
  }
#pragma unroll
  for (int i = 0; i < kChunkLoads; ++i) {
    float x[kPieceElements];
    float up[kPieceElements];
    unpack(bits[0][i], x);
    unpack(bits[1][i], up);
#pragma unroll
    for (int e = 0; e < kPieceElements; ++e) x[e] = silu(x[e]) * up[e];
    if (chunk.piece(i) < pieces) {
      store_piece(params.y + chunk.row * size + chunk.piece(i) * kPieceElements, pack(x));
    }
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::silu
