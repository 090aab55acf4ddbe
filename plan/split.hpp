#pragma once
// How many pieces each row is cut into, and the cutting itself.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/tile_rows.hpp"

namespace fluxscope::plan {

/// The same number for every row of a decode launch: the smallest split whose wave efficiency
/// (tiles / (waves x slots)) is at least 85 % of the best one, 1 where rows fill 80 % of the slots
/// or the longest row has at most 4 blocks, at most 128. This is FlashAttention's rule
/// (research/kernels.md section 3.2), which knows nothing of rows of different length.
[[nodiscard]] std::int32_t uniform_splits(std::span<TileRow const> rows, std::int32_t slots);

/// Blocks per piece for splits sized by work: the chunk c that minimises
///   waves(c) x (c + kTileOverheadBlocks) + kMergeBlocks x largest piece count
/// with waves(c) = ceil(sum ceil(blocks / c) / slots) and at most 4 x slots pieces of a row; the
/// largest such c. The form of FlashInfer PR 4904 (research/kernels.md section 3.2); merging costs
/// nothing where no row is cut.
[[nodiscard]] std::int32_t balanced_chunk_blocks(std::span<TileRow const> rows, std::int32_t slots);

/// Fixed cost of a tile and of merging one piece, in blocks. Planning weights, not measurements:
/// they only choose a split; the simulator's costs are fitted.
inline constexpr double kTileOverheadBlocks = 2.0;
inline constexpr double kMergeBlocks = 0.1;

/// The part [first, first + count) of a row's visited blocks as a tile.
[[nodiscard]] Tile cut_row(Tile const& whole, std::int32_t first, std::int32_t count);

/// Cuts row i into pieces[i] >= 1 parts as equal as whole blocks allow (never more parts than
/// blocks), numbers splits and partial slots, and returns tiles in row order. A row without blocks
/// stays one tile: it writes o = 0, lse = -inf.
struct SplitTiles {
  std::vector<Tile> tiles;
  std::vector<Tile> combine;  ///< one per row that has more than one piece
  std::int32_t partial_slots = 0;
};
[[nodiscard]] SplitTiles split_rows(std::span<TileRow const> rows,
                                    std::span<std::int32_t const> pieces);

/// Cuts the rows in natural order into `slots` equal shares (Stream-K, arXiv 2301.03598).
struct BalancedShares {
  SplitTiles split;
  std::vector<std::int32_t> cta_begin;  // [grid_ctas + 1]
};
[[nodiscard]] BalancedShares balanced_shares(std::span<TileRow const> rows, std::int32_t slots);

}  // namespace fluxscope::plan
