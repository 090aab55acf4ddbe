#pragma once
// Sizes of plan_gpu's workspace and shared memory.

#include <cstdint>

#include "base/host_device.hpp"
#include "kernels/routing/plan_gpu/launch.hpp"

namespace fluxscope::kernels {

inline constexpr int kPlanWarps = kPlanChunkRows / 32;  // a thread per row of a chunk
inline constexpr int kPlanSliceKeys = 64;               ///< keys whose counts a CTA sums at a time

struct PlanSpace {
  std::int32_t tile_capacity;
  std::int32_t batch;
  std::int32_t sections;
  std::int32_t kv_blocks;

  /// Keys of the sort, 0 to kv_blocks, rounded up to 16-byte pieces of byte counts.
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t keys() const {
    return kv_blocks / 16 * 16 + 16;
  }
  /// Slices of kPlanSliceKeys that cover the keys.
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t slices() const {
    return (keys() + kPlanSliceKeys - 1) / kPlanSliceKeys;
  }
  /// Chunks of at most this many sections: each ends with at most one that is not full.
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t chunks() const {
    return tile_capacity / kPlanChunkRows + sections;
  }
  /// Workspace: the tiles in natural order, counts [chunks, keys], totals [sections, keys].
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int64_t counts_offset() const {
    return std::int64_t{tile_capacity} * static_cast<std::int64_t>(sizeof(plan::Tile));
  }
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int64_t totals_offset() const {
    return counts_offset() + std::int64_t{chunks()} * keys() * 4;
  }
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int64_t workspace_bytes() const {
    return totals_offset() + std::int64_t{sections} * keys() * 4;
  }
  /// Shared memory: first rows of sequences and sections, first chunks of sections.
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t table_bytes() const {
    return (batch + 2 * sections + 3 + 3) / 4 * 16;
  }
  /// Shared memory: a byte per key and warp.
  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t sort_bytes() const {
    return kPlanWarps * keys();
  }
};

}  // namespace fluxscope::kernels
