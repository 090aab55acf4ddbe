#pragma once
// What a tile of the score kernels is: two panels of kXattnPanelGroups query groups, one per half
// of the CTA, against all key groups that they see; and where its sums lie in the workspace.

#include "kernels/routing/xattn/groups.hpp"
#include "kernels/routing/xattn/score/launch.hpp"

namespace fluxscope::kernels::xattn {

inline constexpr int kPanelGroups = kXattnPanelGroups;
inline constexpr int kTileRows = 2 * kPanelGroups;

/// Key groups of the smallest chunk that has a maximum of its own.
inline constexpr int kSmallestChunk = 64;

/// Rows of sums are this many blocks times a whole number.
inline constexpr int kBlockAlignment = 32;

[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr int block_stride(std::int32_t max_kv_blocks) {
  return (max_kv_blocks + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
}

/// Chunks of a row of sums, at most: kSmallestChunk groups of 8 tokens are 4 blocks.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr int chunk_capacity(std::int32_t max_kv_blocks) {
  return block_stride(max_kv_blocks) / 4;
}

[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int64_t workspace_floats(
    std::int32_t max_kv_blocks) {
  return std::int64_t{kTileRows} *
         (block_stride(max_kv_blocks) + 2 * chunk_capacity(max_kv_blocks));
}

/// A CTA's part of the workspace. Row r of the tile's 2 x 64 query groups.
struct Sums {
  float* blocks;   // [kTileRows, block_stride]: sums of 2^(s - maximum of the chunk)
  float2* chunks;  // [chunks, kTileRows]: maximum of the chunk (-inf: nothing seen), sum of it
  int stride;      ///< block_stride

  __device__ __forceinline__ explicit Sums(XattnScoreParams const& params)
      : blocks(static_cast<float*>(params.workspace) +
               blockIdx.x * workspace_floats(params.max_kv_blocks)),
        chunks(reinterpret_cast<float2*>(blocks + std::int64_t{kTileRows} *
                                                      block_stride(params.max_kv_blocks))),
        stride(block_stride(params.max_kv_blocks)) {}
};

/// One half of a tile.
struct Panel {
  std::int32_t head;         ///< query head; -1: the last pair may have one panel only
  std::int32_t first_group;  ///< of its query groups
};

/// A tile, from its table entry and its sequence.
template <int kStride>
struct PanelPair {
  SequenceParams sequence;
  Panel panels[2];
  std::int32_t first_row;   ///< of the sequence, in XattnTables::row_begin
  std::int32_t key_groups;  ///< that any of its query groups sees
  std::int64_t key_begin;   ///< element of (KV head, token 0)

  __device__ __forceinline__ PanelPair(XattnScoreParams const& params, XattnScoreTile const& tile)
      : sequence(params.sequences[tile.seq]),
        first_row(tile.first_row),
        key_groups(0),
        key_begin(sequence.kv_offset + tile.kv_head * sequence.kv_head_stride) {
    std::int32_t const group = params.q_heads / params.kv_heads;
    std::int32_t const panel_count = xattn_panels(sequence.q_len, kStride);
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      std::int32_t const number = 2 * tile.panel_pair + half;
      std::int32_t const panel = number / group;
      bool const exists = panel < panel_count;
      panels[half].head = exists ? tile.kv_head * group + number % group : -1;
      panels[half].first_group = exists ? panel * kPanelGroups : 0;
      if (!exists) continue;
      std::int32_t const last =
          min((panel + 1) * kPanelGroups, xattn_groups(sequence.q_len, kStride)) - 1;
      key_groups = xattn_visible_groups(sequence.q_len, sequence.kv_len, kStride, last);
    }
  }

  /// Without an index into registers.
  [[nodiscard]] __device__ __forceinline__ Panel panel(int half) const {
    return {half == 0 ? panels[0].head : panels[1].head,
            half == 0 ? panels[0].first_group : panels[1].first_group};
  }

  /// Last key group that row `row` of half `half` sees; -1 where there is no such row.
  [[nodiscard]] __device__ __forceinline__ int last_key_group(int half, int row) const {
    Panel const one = panel(half);
    std::int32_t const group = one.first_group + row;
    if (one.head < 0 || group >= xattn_groups(sequence.q_len, kStride)) return -1;
    return xattn_visible_groups(sequence.q_len, sequence.kv_len, kStride, group) - 1;
  }
};

}  // namespace fluxscope::kernels::xattn
