#pragma once
// Compile-time shape of prefill_mma: what one CTA and one warp hold.

#include "plan/layer/tile.hpp"

namespace fluxscope::kernels::mma {

/// One CTA computes kRows query rows against sub-tiles of kSubTokens KV rows. A warp owns
/// 16 * kRowTiles rows and all columns of a sub-tile, so a softmax row lies in four lanes.
template <int kHeadDim_, int kRowTiles_, int kSubTokens_, int kCtasPerSm_>
struct PrefillShape {
  static constexpr int kHeadDim = kHeadDim_;
  static constexpr int kRowTiles = kRowTiles_;  ///< m16 tiles of a warp
  static constexpr int kSubTokens = kSubTokens_;
  static constexpr int kCtasPerSm = kCtasPerSm_;  ///< for which registers must suffice
  static constexpr int kRows = plan::kBlockTokens;
  static constexpr int kWarpRows = 16 * kRowTiles;
  static constexpr int kWarps = kRows / kWarpRows;
  static constexpr int kThreads = 32 * kWarps;
  static constexpr int kSubTilesPerBlock = plan::kBlockTokens / kSubTokens;

  static constexpr int kDepthSteps = kHeadDim / 16;    ///< k16 steps of Q K^T
  static constexpr int kTokenSteps = kSubTokens / 16;  ///< k16 steps of P V
  static constexpr int kScoreTiles = kSubTokens / 8;   ///< n8 tiles of S
  static constexpr int kOutputTiles = kHeadDim / 8;    ///< n8 tiles of O

  static constexpr int kRowBytes = kHeadDim * 2;
  static constexpr int kPieces = kRowBytes / 16;  ///< 16-byte pieces of a row
  static constexpr int kQueryBytes = kRows * kRowBytes;
  static constexpr int kSlotBytes = kSubTokens * kRowBytes;  ///< one K or V sub-tile
  static constexpr int kKeysAt = kQueryBytes;
  static constexpr int kValuesAt = kKeysAt + kSlotBytes;
  static constexpr int kSmemBytes = kValuesAt + kSlotBytes;
};

/// What launch_prefill_mma runs.
template <int kHeadDim>
using BuiltShape = PrefillShape<kHeadDim, 2, 64, kHeadDim == 128 ? 2 : 3>;

}  // namespace fluxscope::kernels::mma
