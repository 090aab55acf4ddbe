#pragma once
// The tile that a CTA of prefill_mma works on, and its KV sub-tiles.

#include "kernels/attention/params.hpp"
#include "kernels/attention/prefill_mma/shape.cuh"
#include "kernels/device/tile_walk.cuh"

namespace fluxscope::kernels::mma {

/// Lies in shared memory: in registers its fields would push accumulators out of them.
struct PrefillTile {
  plan::Tile tile;
  SequenceParams sequence;
  std::int64_t kv_begin;  // contiguous: element of (KV head, token 0); paged: of the page table
  std::int32_t first_position;  // of the query block's row 0: the last token that it sees
  std::int32_t row_count;       // rows of the query block that exist
  std::int32_t sub_tiles;       // to visit
  std::int32_t next_tile;       // of a persistent grid
};

/// Sub-tile `index` of the tile, ascending, as first token | kMaskedOutBit.
template <class Shape>
__device__ __forceinline__ std::uint32_t sub_tile(plan::Tile const& tile,
                                                  std::uint32_t const* block_list, int index) {
  std::uint32_t const entry = TileBlocks(tile, block_list)[index / Shape::kSubTilesPerBlock];
  return (entry & plan::kMaskedOutBit) |
         ((entry & ~plan::kMaskedOutBit) * plan::kBlockTokens +
          static_cast<std::uint32_t>(index % Shape::kSubTilesPerBlock * Shape::kSubTokens));
}

__device__ __forceinline__ int first_token(std::uint32_t sub_tile) {
  return static_cast<int>(sub_tile & ~plan::kMaskedOutBit);
}

/// Fills `current` but for next_tile.
template <class Shape>
__device__ __forceinline__ void load_tile(PrefillTile& current, AttentionParams const& params,
                                          std::int32_t index) {
  plan::Tile const tile = params.work.tiles[index];
  SequenceParams const sequence = params.sequences[tile.seq];
  int const first_row = tile.q_block * Shape::kRows;
  int const kv_head = tile.head / (params.q_heads / params.kv_heads);
  current.tile = tile;
  current.sequence = sequence;
  current.first_position = sequence.kv_len - sequence.q_len + first_row;
  current.row_count = min(Shape::kRows, sequence.q_len - first_row);
  current.kv_begin =
      params.kv.page_table == nullptr
          ? sequence.kv_offset + kv_head * sequence.kv_head_stride
          : (std::int64_t{tile.seq} * params.kv_heads + kv_head) * params.kv.pages_per_head;
  int count = TileBlocks(tile, params.work.block_list).count() * Shape::kSubTilesPerBlock;
  int const last_token = current.first_position + current.row_count - 1;
  // Only the last block of a tile may end beyond the causal diagonal.
  for (int skip = 1; skip < Shape::kSubTilesPerBlock && count > 0; ++skip) {
    if (first_token(sub_tile<Shape>(tile, params.work.block_list, count - 1)) <= last_token) break;
    --count;
  }
  current.sub_tiles = count;
}

}  // namespace fluxscope::kernels::mma
