#pragma once
// decode_split, arithmetic side: what one warp does with a chunk of 16 KV tokens.

#include <cmath>

#include "kernels/device/accumulator.cuh"
#include "kernels/device/ptx.cuh"

namespace fluxscope::kernels::decode {

/// Softmax state of one warp for 16 query rows. mma layout: lane l holds rows l / 4 (index 0) and
/// l / 4 + 8 (index 1), columns 8 n + 2 (l % 4) + {0, 1}.
template <int kHeadDim>
struct WarpState {
  float o[kHeadDim / 8][4] = {};
  float max[2] = {-INFINITY, -INFINITY};  // of the unscaled scores
  float sum[2] = {0, 0};                  // of this lane's columns only, until the merge
};

/// s[16, 16] = q k^T. Two accumulators per column tile halve the chain of dependent mma. The
/// queries are read from shared memory each time: kept in registers they made variants with three
/// CTAs per SM spill.
template <int kHeadDim>
__device__ __forceinline__ void multiply_keys(float (&s)[2][4], std::uint32_t queries,
                                              std::uint32_t keys, int lane) {
  std::uint32_t const query_base =
      queries +
      static_cast<std::uint32_t>((lane % 16) * kHeadDim * 2 + ((lane / 16) ^ (lane % 8)) * 16);
  int const row = (lane / 16) * 8 + lane % 8;
  std::uint32_t const base =
      keys + static_cast<std::uint32_t>(row * kHeadDim * 2 + (((lane / 8) % 2) ^ (lane % 8)) * 16);
  float odd[2][4] = {};
#pragma unroll
  for (int k = 0; k < kHeadDim / 16; ++k) {
    std::uint32_t a[4];
    ptx::ldmatrix_x4(a, query_base ^ static_cast<std::uint32_t>(k * 32));
    std::uint32_t b[4];
    ptx::ldmatrix_x4(b, base ^ static_cast<std::uint32_t>(k * 32));
    ptx::mma_m16n8k16(k % 2 == 0 ? s[0] : odd[0], a, b[0], b[1]);
    ptx::mma_m16n8k16(k % 2 == 0 ? s[1] : odd[1], a, b[2], b[3]);
  }
#pragma unroll
  for (int i = 0; i < 8; ++i) s[i / 4][i % 4] += odd[i / 4][i % 4];
}

/// o[16, head_dim] += p[16, 16] v.
template <int kHeadDim>
__device__ __forceinline__ void multiply_values(float (&o)[kHeadDim / 8][4],
                                                std::uint32_t const (&p)[4], std::uint32_t values,
                                                int lane) {
  int const row = ((lane / 8) % 2) * 8 + lane % 8;
  std::uint32_t const base =
      values + static_cast<std::uint32_t>(row * kHeadDim * 2 + ((lane / 16) ^ (lane % 8)) * 16);
#pragma unroll
  for (int n = 0; n < kHeadDim / 16; ++n) {
    std::uint32_t b[4];
    ptx::ldmatrix_x4_trans(b, base ^ static_cast<std::uint32_t>(n * 32));
    ptx::mma_m16n8k16(o[2 * n], p, b[0], b[1]);
    ptx::mma_m16n8k16(o[2 * n + 1], p, b[2], b[3]);
  }
}

/// Scores beyond the first `kept` columns become -inf.
__device__ __forceinline__ void mask_scores(float (&s)[2][4], int kept, int lane) {
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    int const column = (i / 4) * 8 + (lane % 4) * 2 + i % 2;
    if (column >= kept) s[i / 4][i % 4] = -INFINITY;
  }
}

/// One step of the online softmax: p = exp(s - max) in bf16, sums and o rescaled to the new max.
/// A row without any kept column so far has max = -inf; its exponent is taken against 0.
template <int kHeadDim>
__device__ __forceinline__ void softmax_step(std::uint32_t (&p)[4], float (&s)[2][4],
                                             WarpState<kHeadDim>& state, float scale_log2) {
  float const max[2] = {
      fmaxf(state.max[0], quad_max(fmaxf(fmaxf(s[0][0], s[0][1]), fmaxf(s[1][0], s[1][1])))),
      fmaxf(state.max[1], quad_max(fmaxf(fmaxf(s[0][2], s[0][3]), fmaxf(s[1][2], s[1][3]))))};
  float const shift[2] = {max[0] == -INFINITY ? 0.0f : max[0] * scale_log2,
                          max[1] == -INFINITY ? 0.0f : max[1] * scale_log2};
  // Most chunks do not raise the maximum; a factor of exactly 1 is left out.
  bool const raised = max[0] > state.max[0] || max[1] > state.max[1];
  if (__any_sync(0xffffffffu, raised)) {
#pragma unroll
    for (int row = 0; row < 2; ++row) {
      float const factor = ptx::exp2_approx(state.max[row] * scale_log2 - shift[row]);
      state.max[row] = max[row];
      state.sum[row] *= factor;
#pragma unroll
      for (int n = 0; n < kHeadDim / 8; ++n) {
        state.o[n][2 * row] *= factor;
        state.o[n][2 * row + 1] *= factor;
      }
    }
  }
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    float& x = s[i / 4][i % 4];
    x = ptx::exp2_approx(fmaf(x, scale_log2, -shift[(i % 4) / 2]));
    state.sum[(i % 4) / 2] += x;
  }
  p[0] = ptx::pack_bf16(s[0][0], s[0][1]);
  p[1] = ptx::pack_bf16(s[0][2], s[0][3]);
  p[2] = ptx::pack_bf16(s[1][0], s[1][1]);
  p[3] = ptx::pack_bf16(s[1][2], s[1][3]);
}

}  // namespace fluxscope::kernels::decode
