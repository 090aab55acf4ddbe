#pragma once
// The kernel combine. A warp merges one row over a part of the splits; where a tile has fewer rows
// than the CTA has warps, several warps share a row.

#include "kernels/attention/combine/merge.cuh"
#include "kernels/attention/params.hpp"
#include "kernels/device/probe.cuh"
#include "kernels/device/tile_walk.cuh"

namespace fluxscope::kernels::merge {

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

/// By a whole warp. A row without any weight is 0 with lse = -inf.
template <int kColumns>
__device__ __forceinline__ void store_row(AttentionParams const& params, std::int64_t out,
                                          MergedRow<kColumns> const& row, int lane) {
  float const inverse = row.weight == 0.0f ? 0.0f : 1.0f / row.weight;
  auto* const o = reinterpret_cast<std::uint32_t*>(params.o + out * kColumns * 32);
#pragma unroll
  for (int c = 0; c < kColumns; c += 2) {
    o[(lane * kColumns + c) / 2] = ptx::pack_bf16(row.o[c] * inverse, row.o[c + 1] * inverse);
  }
  if (lane == 0) params.lse[out] = row.max + logf(row.weight);
}

template <int kHeadDim, ProbeLevel kProbe>
__global__ void __launch_bounds__(kCombineWarps * 32, 1)
    combine_kernel(AttentionParams const params, bool const decode) {
  constexpr int kColumns = kHeadDim / 32;
  __shared__ MergedParts<kHeadDim> shared_parts;
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
      MergedRow<kColumns> merged;
      if (active) {
        std::int64_t const first = std::int64_t{tile.kv_begin} * rows.slot_rows + rows.first + row;
        PartialRow const partials{.o = params.o_partial + first * kHeadDim + lane * kColumns,
                                  .lse = params.lse_partial + first,
                                  .slot_rows = rows.slot_rows,
                                  .row_size = kHeadDim,
                                  .count = tile.kv_count,
                                  .parts = parts};
        merge_splits(merged, partials, part);
      }
      if (parts > 1) {
        shared_parts.put(merged, warp, lane);
        __syncthreads();
        if (part == 0) merged = shared_parts.sum(warp, groups, parts, lane);
      }
      if (active && part == 0) {
        store_row(params, rows.first_out + row * rows.out_stride, merged, lane);
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
