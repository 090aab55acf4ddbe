#pragma once
// Registers to global memory, for prefill_wgmma. A warp owns 16 rows.

#include "kernels/attention_params.hpp"
#include "kernels/prefill_wgmma_shape.cuh"
#include "kernels/ptx.cuh"

namespace fluxscope::kernels::wgmma {

/// The warp's rows of o in 16-byte pieces, rearranged by way of its own rows of the query block in
/// shared memory.
template <class Shape>
class OutputRows {
 public:
  /// `queries`: the query block, which the warpgroup no longer reads.
  __device__ __forceinline__ OutputRows(float const (&o)[Shape::kOutputs], char* queries, int warp,
                                        int lane)
      : warp_(warp), lane_(lane) {
    char* const rows = queries + warp * 16 * 128;
    auto const place = [&](int row, int piece) {
      return rows + piece / 8 * Shape::kPanelBytes + row * 128 + (piece ^ row) % 8 * 16;
    };
#pragma unroll
    for (int n = 0; n < Shape::kPieces; ++n) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        *reinterpret_cast<std::uint32_t*>(place(lane / 4 + 8 * r, n) + lane % 4 * 4) =
            ptx::pack_bf16(o[4 * n + 2 * r], o[4 * n + 2 * r + 1]);
      }
    }
    __syncwarp();
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
      data_[step] = *reinterpret_cast<uint4 const*>(place(row(step), lane % Shape::kPieces));
    }
  }

  /// `block`: row 0 of the tile.
  __device__ __forceinline__ void store(__nv_bfloat16* block, std::int64_t row_stride,
                                        int row_count) const {
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
      int const block_row = warp_ * 16 + row(step);
      if (block_row < row_count) {
        *reinterpret_cast<uint4*>(block + block_row * row_stride + lane_ % Shape::kPieces * 8) =
            data_[step];
      }
    }
  }

 private:
  static constexpr int kRowsPerStep = 32 / Shape::kPieces;
  static constexpr int kSteps = 16 / kRowsPerStep;

  [[nodiscard]] __device__ __forceinline__ int row(int step) const {
    return step * kRowsPerStep + lane_ / Shape::kPieces;
  }

  int warp_;
  int lane_;
  uint4 data_[kSteps];
};

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

/// Writes lse of the warp's rows: row r of the block to lse[r * row_stride].
__device__ __forceinline__ void store_lse(float const (&values)[2], float* lse,
                                          std::int64_t row_stride, int row_count, int warp,
                                          int lane) {
  if (lane % 4 != 0) return;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    int const row = warp * 16 + lane / 4 + 8 * r;
    if (row < row_count) lse[row * row_stride] = values[r];
  }
}

}  // namespace fluxscope::kernels::wgmma
