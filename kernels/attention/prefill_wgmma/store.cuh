#pragma once
// A consumer warp's rows of a finished tile: to shared memory, from where the writer warp sends
// them on, or, of a split, to its partial slot. A warp owns 16 rows.

#include "kernels/attention/params.hpp"
#include "kernels/attention/prefill_wgmma/shape.cuh"
#include "kernels/device/ptx.cuh"
#include "kernels/device/ptx_sm90.cuh"

namespace fluxscope::kernels::wgmma {

/// Writes the warp's rows of o in bf16 into the panels of a query block that nobody reads any more.
template <class Shape>
__device__ __forceinline__ void write_rows(float const (&o)[Shape::kOutputs], std::uint32_t queries,
                                           int warp, int lane) {
  // A step writes two pieces of 16 rows; the lane names row lane % 16 of piece n + lane / 16.
  std::uint32_t const row = queries + static_cast<std::uint32_t>((warp * 16 + lane % 16) * 128);
  std::uint32_t const place = static_cast<std::uint32_t>((lane / 16 ^ lane % 8) * 16);
#pragma unroll
  for (int n = 0; n < Shape::kPieces; n += 2) {
    std::uint32_t data[4];
#pragma unroll
    for (int i = 0; i < 4; ++i) data[i] = ptx::pack_bf16(o[4 * n + 2 * i], o[4 * n + 2 * i + 1]);
    ptx::stmatrix_x4(row + (place ^ static_cast<std::uint32_t>(n % 8 * 16)) +
                         static_cast<std::uint32_t>(n / 8 * Shape::kPanelBytes),
                     data);
  }
}

/// Writes the warp's rows of a partial slot in fp32.
template <class Shape>
__device__ __forceinline__ void store_partial(float const (&o)[Shape::kOutputs], float* slot,
                                              int row_count, int warp, int lane) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    int const row = warp * 16 + lane / 4 + 8 * r;
    if (row >= row_count) continue;
#pragma unroll
    for (int n = 0; n < Shape::kPieces; ++n) {
      *reinterpret_cast<float2*>(slot + row * Shape::kHeadDim + n * 8 + lane % 4 * 2) =
          make_float2(o[4 * n + 2 * r], o[4 * n + 2 * r + 1]);
    }
  }
}

}  // namespace fluxscope::kernels::wgmma
