#pragma once
// Registers to global memory, for prefill_mma.

#include "kernels/attention/prefill_mma/softmax.cuh"
#include "kernels/attention/prefill_mma/tile.cuh"

namespace fluxscope::kernels::mma {

/// Writes the warp's rows of o in 16-byte pieces, by way of its own query rows in shared memory,
/// which no other warp reads. `row_count`: rows of the query block that exist.
template <class Shape>
__device__ __forceinline__ void store_output(WarpState<Shape> const& state, char* smem,
                                             __nv_bfloat16* block, std::int64_t row_stride,
                                             int row_count, int warp, int lane) {
  char* const rows = smem + warp * Shape::kWarpRows * Shape::kRowBytes;
  __syncwarp();
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      int const row = m * 16 + r * 8 + lane / 4;
#pragma unroll
      for (int n = 0; n < Shape::kOutputTiles; ++n) {
        *reinterpret_cast<std::uint32_t*>(rows + row * Shape::kRowBytes + (n ^ (row & 7)) * 16 +
                                          (lane % 4) * 4) =
            ptx::pack_bf16(state.o[m][n][2 * r], state.o[m][n][2 * r + 1]);
      }
    }
  }
  __syncwarp();
  constexpr int kRowsPerStep = 32 / Shape::kPieces;
  int const piece = lane % Shape::kPieces;
#pragma unroll
  for (int step = 0; step < Shape::kWarpRows / kRowsPerStep; ++step) {
    int const row = step * kRowsPerStep + lane / Shape::kPieces;
    uint4 const data =
        *reinterpret_cast<uint4 const*>(rows + row * Shape::kRowBytes + (piece ^ (row & 7)) * 16);
    int const block_row = warp * Shape::kWarpRows + row;
    if (block_row < row_count) {
      *reinterpret_cast<uint4*>(block + block_row * row_stride + piece * 8) = data;
    }
  }
}

/// Writes the warp's rows of a partial slot in fp32.
template <class Shape>
__device__ __forceinline__ void store_partial(WarpState<Shape> const& state, float* slot,
                                              int row_count, int warp, int lane) {
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      int const row = warp * Shape::kWarpRows + m * 16 + r * 8 + lane / 4;
      if (row >= row_count) continue;
#pragma unroll
      for (int n = 0; n < Shape::kOutputTiles; ++n) {
        *reinterpret_cast<float2*>(slot + row * Shape::kHeadDim + n * 8 + (lane % 4) * 2) =
            make_float2(state.o[m][n][2 * r], state.o[m][n][2 * r + 1]);
      }
    }
  }
}

/// Writes lse of the warp's rows: row r of the block to lse[r * row_stride].
template <class Shape>
__device__ __forceinline__ void store_lse(float const (&values)[Shape::kRowTiles][2], float* lse,
                                          std::int64_t row_stride, int row_count, int warp,
                                          int lane) {
  if (lane % 4 != 0) return;
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      int const row = warp * Shape::kWarpRows + m * 16 + r * 8 + lane / 4;
      if (row < row_count) lse[row * row_stride] = values[m][r];
    }
  }
}

/// Row of q, o and lse of the query block's row 0.
__device__ __forceinline__ std::int64_t block_row(PrefillTile const& current) {
  return current.sequence.q_row_begin + std::int64_t{current.tile.q_block} * plan::kBlockTokens;
}

/// Element of q and o where the query block's row 0 begins.
template <class Shape>
__device__ __forceinline__ std::int64_t block_element(AttentionParams const& params,
                                                      PrefillTile const& current) {
  return (block_row(current) * params.q_heads + current.tile.head) * Shape::kHeadDim;
}

/// Normalises the warp's rows and writes them: final ones where num_splits is 1, else partial ones.
template <class Shape>
__device__ __forceinline__ void store_tile(WarpState<Shape>& state, char* smem,
                                           AttentionParams const& params,
                                           PrefillTile const& current) {
  auto const [warp, lane] = ThreadPlace();
  float lse[Shape::kRowTiles][2];
  normalise<Shape>(state, lse);
  int const row_count = current.row_count;
  if (current.tile.num_splits == 1) {
    store_output<Shape>(state, smem, params.o + block_element<Shape>(params, current),
                        std::int64_t{params.q_heads} * Shape::kHeadDim, row_count, warp, lane);
    store_lse<Shape>(lse, params.lse + block_row(current) * params.q_heads + current.tile.head,
                     params.q_heads, row_count, warp, lane);
  } else {
    std::int64_t const slot_row = std::int64_t{current.tile.partial_slot} * kPrefillSlotRows;
    store_partial<Shape>(state, params.o_partial + slot_row * Shape::kHeadDim, row_count, warp,
                         lane);
    store_lse<Shape>(lse, params.lse_partial + slot_row, 1, row_count, warp, lane);
  }
}

}  // namespace fluxscope::kernels::mma
