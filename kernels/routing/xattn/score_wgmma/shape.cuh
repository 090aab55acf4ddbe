#pragma once
// Compile-time shape of xattn_score_wgmma: roles, shared memory, barriers.

#include "kernels/device/ring.cuh"
#include "kernels/routing/xattn/score/rows.cuh"

namespace fluxscope::kernels::xattn {

/// A step is 64 columns of the depth stride x head_dim. A stage holds boxes of 64 rows of 128 bytes
/// in the 128-byte swizzle: one per panel of query groups, then four of key groups.
template <int kHeadDim_, int kStride_>
struct WgmmaScoreShape {
  static constexpr int kHeadDim = kHeadDim_;
  static constexpr int kStride = kStride_;
  static constexpr int kStages = 4;
  static constexpr int kTileStages = 2;  ///< tile numbers: the present and the next
  static constexpr int kConsumers = 2;   ///< warpgroups 0 and 1; the producer is warpgroup 2
  static constexpr int kWarps = 4 * (kConsumers + 1);
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kConsumerWarps = 4 * kConsumers;
  static constexpr int kProducerRegisters = 72;
  static constexpr int kConsumerRegisters = 216;

  static constexpr int kKeyGroups = 256;               ///< of a pass over the depth
  static constexpr int kChunkGroups = kKeyGroups / 2;  ///< with a maximum of its own
  static constexpr int kChunkBlocks = kChunkGroups * kStride / plan::kBlockTokens;
  static constexpr int kPanelSteps = kHeadDim / 64;
  static constexpr int kSteps = kStride * kPanelSteps;
  using Space = RowSpace<kChunkBlocks>;

  static constexpr int kBoxRows = 64;
  static constexpr int kBoxBytes = kBoxRows * 128;
  static constexpr int kBoxes = kConsumers + kKeyGroups / kBoxRows;
  static constexpr int kStageBytes = kBoxes * kBoxBytes;
  static constexpr int kKeysAt = kConsumers * kBoxBytes;  ///< in a stage

  static constexpr int kSpacesAt = kStages * kStageBytes;  ///< Space[kConsumers]
  static constexpr int kTilesAt = kSpacesAt + kConsumers * static_cast<int>(sizeof(Space));
  static constexpr int kBarriersAt = kTilesAt + kTileStages * 4;  ///< after int[kTileStages]
  static constexpr int kBarriers = 2 * kTileStages + 2 * kStages;
  static constexpr int kSwizzleBytes = 1024;
  static constexpr int kSmemBytes = kBarriersAt + 8 * kBarriers + kSwizzleBytes;
  static_assert(sizeof(Space) % 8 == 0, "the barriers lie on 8-byte boundaries");
};

/// Shared-memory addresses of the stages, the barriers and their neighbours.
template <class Shape>
struct ScoreSmem {
  char* memory;        ///< on a kSwizzleBytes boundary
  std::uint32_t base;  ///< its shared-memory address

  __device__ __forceinline__ explicit ScoreSmem(char* dynamic) {
    std::uint32_t const address = ptx::shared_address(dynamic);
    std::uint32_t const skip = (0u - address) % Shape::kSwizzleBytes;
    memory = dynamic + skip;
    base = address + skip;
  }

  [[nodiscard]] __device__ __forceinline__ std::uint32_t stage(std::uint32_t index) const {
    return base + index * Shape::kStageBytes;
  }
  [[nodiscard]] __device__ __forceinline__ typename Shape::Space& space(std::uint32_t half) const {
    return reinterpret_cast<typename Shape::Space*>(memory + Shape::kSpacesAt)[half];
  }
  /// Index of the tile in the table; -1: no more tiles.
  [[nodiscard]] __device__ __forceinline__ std::int32_t& tile(std::uint32_t index) const {
    return reinterpret_cast<std::int32_t*>(memory + Shape::kTilesAt)[index];
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t tile_full(std::uint32_t index) const {
    return barrier(index);
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t tile_empty(std::uint32_t index) const {
    return barrier(Shape::kTileStages + index);
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t full(std::uint32_t index) const {
    return barrier(2 * Shape::kTileStages + index);
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t empty(std::uint32_t index) const {
    return barrier(2 * Shape::kTileStages + Shape::kStages + index);
  }

 private:
  [[nodiscard]] __device__ __forceinline__ std::uint32_t barrier(std::uint32_t index) const {
    return base + Shape::kBarriersAt + index * 8;
  }
};

}  // namespace fluxscope::kernels::xattn
