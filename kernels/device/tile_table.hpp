#pragma once
// What a kernel reads of a plan. No device code: host files include it freely.

#include <cstdint>

#include "plan/layer/tile.hpp"

namespace fluxscope::kernels {

/// The device copy of a table of work items and how CTAs share them.
template <class Tile>
struct TileTableOf {
  Tile const* tiles = nullptr;                // [tile_count]
  std::uint32_t const* block_list = nullptr;  // see plan::TileKind::list
  std::int32_t const* cta_begin = nullptr;    // [grid_ctas + 1]; balanced_split only, else null
  std::uint32_t* queue = nullptr;  ///< persistent: 0 before and after each launch; else null.
                                   ///< Launches that may run at the same time need one each
  std::int32_t const* device_tile_count = nullptr;  ///< where the GPU made the table: its length
  std::int32_t tile_count = 0;  ///< with device_tile_count: the capacity of `tiles`
  std::int32_t grid_ctas = 0;

  [[nodiscard]] TileTableOf<void> untyped() const {
    return {tiles, block_list, cta_begin, queue, device_tile_count, tile_count, grid_ctas};
  }
};

/// The device copy of a plan::WorkList.
using TileTable = TileTableOf<plan::Tile>;

}  // namespace fluxscope::kernels
