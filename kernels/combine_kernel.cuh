#pragma once
// Device side of combine. A warp merges one row over a part of the splits; where a tile has fewer
// rows than the CTA has warps, several warps share a row and add their parts in shared memory.

#include <cmath>

#include "kernels/attention_params.hpp"
#include "kernels/probe.cuh"
#include "kernels/tile_walk.cuh"

namespace fluxscope::kernels::merge {

inline constexpr int kCombineWarps = 16;
inline constexpr int kCombineLoads = 8;  // partial rows in flight per lane

__device__ __forceinline__ float warp_max(float x) {
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, lanes));
  return x;
}

__device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) x += __shfl_xor_sync(0xffffffffu, x, lanes);
  return x;
}

/// The rows of a combine tile: where a row's partials lie and where its output goes.
struct CombineRows {
  std::int64_t slot_rows = 0;  // rows of a partial slot
  std::int64_t first_out = 0;  // output row (of [rows * q_heads]) of row 0
  std::int64_t out_stride = 0;
  int first = 0;  // row of the slot that the tile begins with
  int count = 0;
};

__device__ __forceinline__ CombineRows combine_rows(AttentionParams const& params,
                                                    plan::Tile const& tile, bool decode) {
  SequenceParams const sequence = params.sequences[tile.seq];
  CombineRows rows;
  if (decode) {
    rows.slot_rows = kDecodeSlotRows;
    rows.count = params.q_heads / params.kv_heads;
    rows.first_out = sequence.q_row_begin * params.q_heads + std::int64_t{tile.head} * rows.count;
    if (tile.merge_row > 0) {
      rows.first = tile.merge_row - 1;
      rows.first_out += rows.first;
      rows.count = 1;
    }
    rows.out_stride = 1;
  } else {
    int const first = tile.q_block * plan::kBlockTokens;
    rows.slot_rows = kPrefillSlotRows;
    rows.count = min(static_cast<int>(kPrefillSlotRows), sequence.q_len - first);
    rows.first_out = (sequence.q_row_begin + first) * params.q_heads + tile.head;
    rows.out_stride = params.q_heads;
  }
  return rows;
}

/// log sum_s exp(lse_s); -inf where every partial is empty. lse[s * stride], s < count.
__device__ __forceinline__ float combined_lse(float const* lse, std::int64_t stride, int count,
                                              int lane) {
  float max = -INFINITY;
  for (int split = lane; split < count; split += 32) max = fmaxf(max, lse[split * stride]);
  max = warp_max(max);
  float const shift = max == -INFINITY ? 0.0f : max;
  float sum = 0;
  for (int split = lane; split < count; split += 32) sum += expf(lse[split * stride] - shift);
  sum = warp_sum(sum);
  return sum == 0.0f ? -INFINITY : shift + logf(sum);
}

/// One row's partials over the splits part, part + parts, ...: this lane's kColumns columns.
struct PartialRow {
  float const* o;          // of split 0, this lane's first column
  float const* lse;        // of split 0
  std::int64_t slot_rows;  // rows between splits
  std::int64_t row_size;   // head_dim
  int count;               // splits of the row
  int parts;
};

/// kCombineLoads partial rows in registers.
template <int kColumns>
struct PartialBatch {
  float value[kCombineLoads][kColumns];
  float lse[kCombineLoads];

  __device__ __forceinline__ void load(PartialRow const& row, int first) {
#pragma unroll
    for (int i = 0; i < kCombineLoads; ++i) {
      int const split = first + i * row.parts;
      bool const inside = split < row.count;
      lse[i] = inside ? row.lse[split * row.slot_rows] : -INFINITY;
#pragma unroll
      for (int c = 0; c < kColumns; c += 2) {
        float2 const pair =
            inside
                ? *reinterpret_cast<float2 const*>(row.o + split * row.slot_rows * row.row_size + c)
                : make_float2(0, 0);
        value[i][c] = pair.x;
        value[i][c + 1] = pair.y;
      }
    }
  }

  /// sum += exp(lse - total) value. An empty partial weighs nothing, whatever its o holds.
  __device__ __forceinline__ void add_to(float (&sum)[kColumns], float total) const {
#pragma unroll
    for (int i = 0; i < kCombineLoads; ++i) {
      bool const empty = lse[i] == -INFINITY;
      float const weight = expf(lse[i] - total);
#pragma unroll
      for (int c = 0; c < kColumns; ++c) {
        sum[c] = empty ? sum[c] : fmaf(weight, value[i][c], sum[c]);
      }
    }
  }
};

/// sum = sum over this part's splits of exp(lse_s - total) o_s; returns total, the row's lse. The
/// first batch is loaded before the lse is known: one trip to memory instead of two.
template <int kColumns>
__device__ __forceinline__ float merge_splits(float (&sum)[kColumns], PartialRow const& row,
                                              int part, int lane) {
  PartialBatch<kColumns> batch;
  batch.load(row, part);
  float const total = combined_lse(row.lse, row.slot_rows, row.count, lane);
  batch.add_to(sum, total);
  int const step = row.parts * kCombineLoads;
  for (int first = part + step; first < row.count; first += step) {
    batch.load(row, first);
    batch.add_to(sum, total);
  }
  return total;
}

template <int kHeadDim, ProbeLevel kProbe>
__global__ void __launch_bounds__(kCombineWarps * 32, 1)
    combine_kernel(AttentionParams const params, bool const decode) {
  constexpr int kColumns = kHeadDim / 32;
  __shared__ float parts_of[kCombineWarps][kHeadDim];
  __shared__ std::int32_t next_tile;
  int const warp = static_cast<int>(threadIdx.x) / 32;
  int const lane = static_cast<int>(threadIdx.x) % 32;
  FLUXSCOPE_PROBE(
      Probe<kProbe> probe(params.probe, static_cast<std::uint32_t>(warp), kCombineWarps);)

  ptx::let_next_grid_start();
  // The plan was there before the grid that wrote the partials, so it is read while that still
  // runs.
  TileWalk walk(params.work);
  plan::Tile tile;
  CombineRows rows;
  if (walk.valid()) {
    tile = params.work.tiles[walk.index()];
    rows = combine_rows(params, tile, decode);
  }
  ptx::wait_for_previous_grid();
  while (walk.valid()) {
    FLUXSCOPE_PROBE(probe.tile_begin();)
    int const parts = rows.count >= kCombineWarps ? 1 : kCombineWarps / rows.count;
    int const groups = kCombineWarps / parts;  // rows in work at a time
    for (int base = 0; base < rows.count; base += groups) {
      int const row = base + warp % groups;
      int const part = warp / groups;
      bool const active = row < rows.count && part < parts;
      float sum[kColumns] = {};
      float total = -INFINITY;
      if (active) {
        std::int64_t const first = std::int64_t{tile.kv_begin} * rows.slot_rows + rows.first + row;
        PartialRow const partials{.o = params.o_partial + first * kHeadDim + lane * kColumns,
                                  .lse = params.lse_partial + first,
                                  .slot_rows = rows.slot_rows,
                                  .row_size = kHeadDim,
                                  .count = tile.kv_count,
                                  .parts = parts};
        total = merge_splits(sum, partials, part, lane);
      }
      if (parts > 1) {
#pragma unroll
        for (int c = 0; c < kColumns; ++c) parts_of[warp][lane * kColumns + c] = sum[c];
        __syncthreads();
        for (int other = 1; active && part == 0 && other < parts; ++other) {
#pragma unroll
          for (int c = 0; c < kColumns; ++c) {
            sum[c] += parts_of[warp + other * groups][lane * kColumns + c];
          }
        }
      }
      if (active && part == 0) {
        std::int64_t const out = rows.first_out + row * rows.out_stride;
        auto* const o = reinterpret_cast<std::uint32_t*>(params.o + out * kHeadDim);
#pragma unroll
        for (int c = 0; c < kColumns; c += 2) {
          o[(lane * kColumns + c) / 2] = ptx::pack_bf16(sum[c], sum[c + 1]);
        }
        if (lane == 0) params.lse[out] = total;
      }
      if (parts > 1) __syncthreads();
    }
    if (threadIdx.x == 0) walk.request_next(&next_tile);
    __syncthreads();
    FLUXSCOPE_PROBE(probe.tile_end(static_cast<std::uint32_t>(walk.index()));)
    walk.advance(next_tile);
    if (walk.valid()) {
      tile = params.work.tiles[walk.index()];
      rows = combine_rows(params, tile, decode);
    }
    __syncthreads();
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::merge
