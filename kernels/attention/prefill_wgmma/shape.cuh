#pragma once
// Compile-time shape of prefill_wgmma: roles, shared memory, barriers.

#include <cstdint>

#include "kernels/device/ring.cuh"
#include "plan/layer/tile.hpp"

namespace fluxscope::kernels::wgmma {

/// A CTA computes 128 query rows, 64 per consumer warpgroup, against blocks of 128 KV tokens.
/// Queries, keys and values lie in shared memory as panels of 64 columns: row r of a panel is
/// 128 bytes, its 16-byte piece p at place p ^ (r % 8), which is the 128-byte swizzle of the copy
/// engine and of wgmma.
template <int kHeadDim_, int kStages_>
struct WgmmaShape {
  static constexpr int kHeadDim = kHeadDim_;
  static constexpr int kStages = kStages_;  ///< of K and of V
  static constexpr int kTileStages = 2;     ///< query blocks: the present and the next tile's
  static constexpr int kRows = plan::kBlockTokens;

  static constexpr int kConsumers = 2;  ///< warpgroups 0 and 1; the other warps are in 2
  static constexpr int kProducerWarp = 4 * kConsumers;
  static constexpr int kWriterWarp = kProducerWarp + 1;
  static constexpr int kWarps = 4 * (kConsumers + 1);
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kConsumerWarps = 4 * kConsumers;
  static constexpr int kWarpgroupRows = kRows / kConsumers;
  static constexpr int kProducerRegisters = 72;
  static constexpr int kConsumerRegisters = 216;

  static constexpr int kDepthSteps = kHeadDim / 16;            ///< k16 steps of Q K^T
  static constexpr int kTokenSteps = plan::kBlockTokens / 16;  ///< k16 steps of P V
  static constexpr int kScores = plan::kBlockTokens / 2;       ///< of S, per thread
  static constexpr int kOutputs = kHeadDim / 2;                ///< of O, per thread
  static constexpr int kPanels = kHeadDim / 64;
  static constexpr int kPanelBytes = plan::kBlockTokens * 128;
  static constexpr int kBlockBytes = kPanels * kPanelBytes;  ///< Q, K or V of 128 rows
  static constexpr int kPieces = kHeadDim / 8;               ///< 16-byte pieces of a row

  static constexpr int kQueriesAt = 0;
  static constexpr int kKeysAt = kQueriesAt + kTileStages * kBlockBytes;
  static constexpr int kValuesAt = kKeysAt + kStages * kBlockBytes;
  static constexpr int kTilesAt = kValuesAt + kStages * kBlockBytes;  ///< TileHeader[kTileStages]
  static constexpr int kLseAt = kTilesAt + kTileStages * 32;          ///< float[kTileStages][kRows]
  static constexpr int kBlocksAt = kLseAt + kTileStages * kRows * 4;  ///< block | bit [kStages]
  static constexpr int kBarriersAt = kBlocksAt + kStages * 8;
  static constexpr int kBarriers = 3 * kTileStages + 4 * kStages;
  static constexpr int kSwizzleBytes = 1024;  ///< alignment of a panel
  static constexpr int kSmemBytes = kBarriersAt + 8 * kBarriers + kSwizzleBytes;
};

/// What the producer tells the consumers about a tile.
struct alignas(16) TileHeader {
  std::int64_t first_row;       ///< of q, o and lse
  std::int32_t index;           ///< in the WorkList; -1: no more tiles
  std::int32_t block_count;     ///< KV blocks
  std::int32_t first_position;  ///< the last token that row 0 sees
  std::int32_t row_count;       ///< rows of the query block that exist
  std::int32_t head;
  std::int32_t partial_slot;  ///< -1: the tile writes the final output itself
};
static_assert(sizeof(TileHeader) == 32);

/// Shared-memory addresses of the barriers and their neighbours.
template <class Shape>
struct Smem {
  char* memory;        ///< on a kSwizzleBytes boundary
  std::uint32_t base;  ///< its shared-memory address

  [[nodiscard]] __device__ __forceinline__ std::uint32_t queries(std::uint32_t stage) const {
    return base + Shape::kQueriesAt + stage * Shape::kBlockBytes;
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t keys(std::uint32_t stage) const {
    return base + Shape::kKeysAt + stage * Shape::kBlockBytes;
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t values(std::uint32_t stage) const {
    return base + Shape::kValuesAt + stage * Shape::kBlockBytes;
  }
  [[nodiscard]] __device__ __forceinline__ TileHeader& header(std::uint32_t stage) const {
    return reinterpret_cast<TileHeader*>(memory + Shape::kTilesAt)[stage];
  }
  /// lse [kRows] of a finished tile.
  [[nodiscard]] __device__ __forceinline__ float* lse(std::uint32_t stage) const {
    return reinterpret_cast<float*>(memory + Shape::kLseAt) + stage * Shape::kRows;
  }
  /// The block in a stage of K, with its kMaskedOutBit.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t& block(std::uint32_t stage) const {
    return reinterpret_cast<std::uint32_t*>(memory + Shape::kBlocksAt)[stage];
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t tile_full(std::uint32_t stage) const {
    return barrier(stage);
  }
  /// From the consumers to the writer: o lies where the queries lay, and lse beside it.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t tile_done(std::uint32_t stage) const {
    return barrier(Shape::kTileStages + stage);
  }
  /// From the writer to the producer.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t tile_empty(std::uint32_t stage) const {
    return barrier(2 * Shape::kTileStages + stage);
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t keys_full(std::uint32_t stage) const {
    return barrier(3 * Shape::kTileStages + stage);
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t keys_empty(std::uint32_t stage) const {
    return barrier(3 * Shape::kTileStages + Shape::kStages + stage);
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t values_full(std::uint32_t stage) const {
    return barrier(3 * Shape::kTileStages + 2 * Shape::kStages + stage);
  }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t values_empty(std::uint32_t stage) const {
    return barrier(3 * Shape::kTileStages + 3 * Shape::kStages + stage);
  }

 private:
  [[nodiscard]] __device__ __forceinline__ std::uint32_t barrier(std::uint32_t index) const {
    return base + Shape::kBarriersAt + index * 8;
  }
};

}  // namespace fluxscope::kernels::wgmma
