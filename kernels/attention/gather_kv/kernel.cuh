#pragma once
// The kernel gather_kv.

#include "kernels/attention/gather_kv/launch.hpp"
#include "kernels/device/probe.cuh"
#include "kernels/device/tile_walk.cuh"

namespace fluxscope::kernels::gather {

inline constexpr int kThreads = 512;

/// Copies rows [0, rows) of one matrix of a block; all loads of a thread go out before a store.
template <int kHeadDim>
__device__ __forceinline__ void copy_block(__nv_bfloat16* page, __nv_bfloat16 const* source,
                                           std::int64_t token_stride, int rows) {
  constexpr int kPieces = kHeadDim / 8;  // of 16 bytes
  constexpr int kRowsPerStep = kThreads / kPieces;
  constexpr int kSteps = plan::kBlockTokens / kRowsPerStep;
  int const thread = static_cast<int>(threadIdx.x);
  int const row = thread / kPieces;
  source += row * token_stride + thread % kPieces * 8;
  uint4 value[kSteps];
#pragma unroll
  for (int i = 0; i < kSteps; ++i) {
    if (row + i * kRowsPerStep < rows) value[i] = __ldg(reinterpret_cast<uint4 const*>(source));
    source += kRowsPerStep * token_stride;
  }
#pragma unroll
  for (int i = 0; i < kSteps; ++i) {
    if (row + i * kRowsPerStep < rows) {
      reinterpret_cast<uint4*>(page)[i * kThreads + thread] = value[i];
    }
  }
}

template <int kHeadDim, ProbeLevel kProbe>
__global__ void __launch_bounds__(kThreads, 2) gather_kv_kernel(GatherKvParams const params) {
  __shared__ std::int32_t next_tile;
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kThreads / 32);)
  for (TileWalk walk(params.work); walk.valid();) {
    FLUXSCOPE_PROBE(probe.tile_begin();)
    plan::Tile const tile = params.work.tiles[walk.index()];
    SequenceParams const sequence = params.sequences[tile.seq];
    std::int64_t const head = sequence.kv_offset + tile.head * sequence.kv_head_stride;
    std::int32_t const* const pages =
        params.page_table +
        (std::int64_t{tile.seq} * params.kv_heads + tile.head) * params.pages_per_head;
    TileBlocks const blocks(tile, params.work.block_list);
    for (int ordinal = 0; ordinal < blocks.count(); ++ordinal) {
      int const block = static_cast<int>(blocks[ordinal] & ~plan::kMaskedOutBit);
      int const rows = sequence.kv_len - block * plan::kBlockTokens;
      std::int64_t const from =
          head + std::int64_t{block} * plan::kBlockTokens * params.source.token_stride;
      std::int64_t const to = std::int64_t{pages[block]} * plan::kBlockTokens * kHeadDim;
      copy_block<kHeadDim>(params.k_pages + to, params.source.k + from, params.source.token_stride,
                           rows);
      copy_block<kHeadDim>(params.v_pages + to, params.source.v + from, params.source.token_stride,
                           rows);
    }
    if (threadIdx.x == 0) walk.request_next(&next_tile);
    __syncthreads();
    FLUXSCOPE_PROBE(probe.tile_end(static_cast<std::uint32_t>(walk.index()));)
    walk.advance(next_tile);
    __syncthreads();
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::gather
