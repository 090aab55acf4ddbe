#pragma once
// S = Q K^T of one warp's 16 rows by mma.sync, from the shared memory that wgmma reads. Needs no
// other warp, and so serves where one warp alone must have its scores again.

#include "kernels/attention/prefill_wgmma/shape.cuh"
#include "kernels/device/ptx.cuh"

namespace fluxscope::kernels::wgmma {

/// `queries`: the warp's rows. The accumulator layout is that of wgmma.
template <class Shape>
__device__ __forceinline__ void multiply_keys_alone(float (&s)[Shape::kScores],
                                                    std::uint32_t queries, std::uint32_t keys,
                                                    int lane) {
  auto const place = [](std::uint32_t base, int row, int piece) {
    return base + static_cast<std::uint32_t>(piece / 8 * Shape::kPanelBytes + row * 128 +
                                             (piece ^ row) % 8 * 16);
  };
#pragma unroll
  for (int i = 0; i < Shape::kScores; ++i) s[i] = 0.0f;
#pragma unroll 1
  for (int k = 0; k < Shape::kDepthSteps; ++k) {
    std::uint32_t a[4];
    ptx::ldmatrix_x4(a, place(queries, lane % 16, 2 * k + lane / 16));
#pragma unroll
    for (int n = 0; n < Shape::kScores / 8; ++n) {
      std::uint32_t b[4];
      ptx::ldmatrix_x4(b, place(keys, n * 16 + lane / 16 * 8 + lane % 8, 2 * k + lane / 8 % 2));
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float d[4];
#pragma unroll
        for (int i = 0; i < 4; ++i) d[i] = s[8 * n + 4 * half + i];
        ptx::mma_m16n8k16(d, a, b[2 * half], b[2 * half + 1]);
#pragma unroll
        for (int i = 0; i < 4; ++i) s[8 * n + 4 * half + i] = d[i];
      }
    }
  }
}

}  // namespace fluxscope::kernels::wgmma
