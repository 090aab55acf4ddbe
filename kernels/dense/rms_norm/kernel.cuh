#pragma once
// The kernel rms_norm: a CTA holds a row in registers.

#include "kernels/dense/rms_norm/launch.hpp"
#include "kernels/device/bf16.cuh"
#include "kernels/device/probe.cuh"

namespace fluxscope::kernels::norm {

inline constexpr int kLoads = 2;  // pieces of 16 bytes of each thread

/// Sum over the CTA, the same in every thread. Once in a kernel: `shared` [kThreads / 32] is not
/// free again.
template <int kThreads>
__device__ __forceinline__ float sum_of_cta(float x, float* shared) {
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) x += __shfl_xor_sync(0xffffffffu, x, lanes);
  if (threadIdx.x % 32 == 0) shared[threadIdx.x / 32] = x;
  __syncthreads();
  float sum = 0;
#pragma unroll
  for (int warp = 0; warp < kThreads / 32; ++warp) sum += shared[warp];
  return sum;
}

/// x + residual, rounded to bf16.
__device__ __forceinline__ uint4 add_pieces(uint4 x_bits, uint4 residual_bits) {
  float x[kPieceElements];
  float residual[kPieceElements];
  unpack(x_bits, x);
  unpack(residual_bits, residual);
#pragma unroll
  for (int i = 0; i < kPieceElements; ++i) x[i] += residual[i];
  return pack(x);
}

/// A row of x, this thread's pieces, with the residual's added and stored in its place.
template <int kThreads>
__device__ __forceinline__ void load_row(uint4 (&row)[kLoads], RmsNormParams const& params,
                                         std::int64_t first, int thread, int pieces) {
  uint4 before[kLoads] = {};
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {  // all loads before the first store
    std::int64_t const piece = thread + i * kThreads;
    if (piece >= pieces) continue;
    row[i] = load_piece(params.x + first + piece * kPieceElements);
    if (params.residual != nullptr) {
      before[i] = load_piece(params.residual + first + piece * kPieceElements);
    }
  }
  if (params.residual == nullptr) return;
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    std::int64_t const piece = thread + i * kThreads;
    row[i] = add_pieces(row[i], before[i]);
    if (piece < pieces) store_piece(params.residual + first + piece * kPieceElements, row[i]);
  }
}

template <int kThreads, ProbeLevel kProbe>
__global__ void __launch_bounds__(kThreads) rms_norm_kernel(RmsNormParams const params) {
  __shared__ float shared[kThreads / 32];
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kThreads / 32);)
  int const thread = static_cast<int>(threadIdx.x);
  int const pieces = params.hidden / kPieceElements;
  uint4 weight[kLoads] = {};
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    int const piece = thread + i * kThreads;
    if (piece < pieces) weight[i] = __ldg(reinterpret_cast<uint4 const*>(params.weight) + piece);
  }
  ptx::let_next_grid_start();
  ptx::wait_for_previous_grid();

  std::int64_t const row = blockIdx.x;
  std::int64_t const source = params.source_rows == nullptr ? row : params.source_rows[row];
  uint4 bits[kLoads] = {};
  load_row<kThreads>(bits, params, source * params.hidden, thread, pieces);
  float x[kLoads][kPieceElements];
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    unpack(bits[i], x[i]);
#pragma unroll
    for (int e = 0; e < kPieceElements; ++e) squares = fmaf(x[i][e], x[i][e], squares);
  }
  float const mean = sum_of_cta<kThreads>(squares, shared) / static_cast<float>(params.hidden);
  float const factor = rsqrtf(mean + params.eps);
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    std::int64_t const piece = thread + i * kThreads;
    float w[kPieceElements];
    unpack(weight[i], w);
#pragma unroll
    for (int e = 0; e < kPieceElements; ++e) w[e] *= x[i][e] * factor;
    if (piece < pieces) {
      store_piece(params.y + row * params.hidden + piece * kPieceElements, pack(w));
    }
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::norm
