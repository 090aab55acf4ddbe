#pragma once
// The writer warp of prefill_wgmma: sends finished tiles from shared to global memory, so that the
// consumers go on with the next tile at once, and lets the producer have the stage.

#include "kernels/attention/params.hpp"
#include "kernels/attention/prefill_wgmma/copy.cuh"
#include "kernels/attention/prefill_wgmma/shape.cuh"
#include "kernels/device/ptx_sm90.cuh"

namespace fluxscope::kernels::wgmma {

template <class Shape>
class Writer {
 public:
  __device__ __forceinline__ Writer(AttentionParams const& params, CUtensorMap const& map,
                                    Smem<Shape> const& smem)
      : params_(params), map_(map), smem_(smem), lane_(static_cast<int>(threadIdx.x) % 32) {}

  /// All tiles of this CTA. By a whole warp.
  __device__ __forceinline__ void run() const {
    for (Ring<Shape::kTileStages> tiles;; tiles.advance()) {
      ptx::mbarrier_wait(smem_.tile_full(tiles.stage), tiles.parity);
      TileHeader const tile = smem_.header(tiles.stage);
      if (tile.index < 0) break;
      ptx::mbarrier_wait(smem_.tile_done(tiles.stage), tiles.parity);
      store_lse(tile, smem_.lse(tiles.stage));
      if (tile.partial_slot < 0) store_rows(tile, tiles.stage);
      ptx::warp_arrive(smem_.tile_empty(tiles.stage), lane_);
    }
  }

 private:
  __device__ __forceinline__ void store_lse(TileHeader const& tile, float const* lse) const {
    bool const partial = tile.partial_slot >= 0;
    float* const base =
        partial ? params_.lse_partial + static_cast<std::int64_t>(tile.partial_slot) * Shape::kRows
                : params_.lse + tile.first_row * params_.q_heads + tile.head;
    int const stride = partial ? 1 : params_.q_heads;
    for (int row = lane_; row < tile.row_count; row += 32) base[row * stride] = lse[row];
  }

  __device__ __forceinline__ void store_rows(TileHeader const& tile, std::uint32_t stage) const {
    if (tile.row_count == Shape::kRows) {
      if (lane_ < Shape::kPanels) {
        ptx::store_box_3d(
            map_, smem_.queries(stage) + static_cast<std::uint32_t>(lane_ * Shape::kPanelBytes),
            lane_ * 64, static_cast<std::int32_t>(tile.first_row), tile.head);
        ptx::store_box_wait_read();
      }
      return;
    }
    // A box would reach into the next sequence.
    std::int64_t const stride = static_cast<std::int64_t>(params_.q_heads) * Shape::kHeadDim;
    __nv_bfloat16* const block = params_.o + tile.first_row * stride + tile.head * Shape::kHeadDim;
    char const* const rows = smem_.memory + Shape::kQueriesAt + stage * Shape::kBlockBytes;
    int const piece = lane_ % Shape::kPieces;
    for (int row = lane_ / Shape::kPieces; row < tile.row_count; row += 32 / Shape::kPieces) {
      *reinterpret_cast<uint4*>(block + row * stride + piece * 8) = *reinterpret_cast<uint4 const*>(
          rows + piece / 8 * Shape::kPanelBytes + row * 128 + (piece ^ row) % 8 * 16);
    }
    ptx::fence_proxy_async();  // the copy engine writes where these rows were read
  }

  AttentionParams const& params_;
  CUtensorMap const& map_;
  Smem<Shape> const& smem_;
  int lane_;
};

}  // namespace fluxscope::kernels::wgmma
