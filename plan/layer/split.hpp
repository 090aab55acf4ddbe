#pragma once
// How many pieces each row is cut into, and the cutting itself.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/layer/tile_rows.hpp"

namespace fluxscope::plan {

/// The same number for every row of a decode launch, chosen as if all rows were as long as the
/// longest: wave_splits(), unless another number of pieces ends earlier by kSplitGainRatio. The end
/// is that of the equal pieces scheduled longest first, with kTileOverheadBlocks each, and where
/// rows are split kPartialBlocks more for each, kMergeLaunchBlocks for the merging launch and
/// kMergePieceBlocks for each piece of a row. 1 where rows fill 80 % of the slots or the longest
/// row has at most 4 blocks; at most 128.
[[nodiscard]] std::int32_t uniform_splits(std::span<TileRow const> rows, std::int32_t slots);

/// The smallest split whose wave efficiency (tiles / (waves x slots)) is at least 85 % of the best
/// one; with the exceptions of uniform_splits(). FlashAttention's rule (num_splits_heuristic in
/// flash_api.cpp). It sees how full the waves are and neither how many there are nor what a tile
/// costs: 8 rows of 17 blocks on 132 slots become 136 tiles of one block in two waves.
[[nodiscard]] std::int32_t wave_splits(std::span<TileRow const> rows, std::int32_t slots);

/// num_splits_heuristic of FlashAttention-2 (csrc/flash_attn/flash_api.cpp) as it stands there:
/// `rows` rows of `blocks` steps, `slots` = two CTAs per SM. 1 where rows fill 80 % of the slots;
/// else the smallest split that shortens the longest piece and whose wave efficiency is at least 85
/// % of the best of such splits; at most 128, and at most `slots`.
[[nodiscard]] std::int32_t flash_splits(std::int64_t rows, std::int32_t blocks, std::int32_t slots);

/// The uniform split of a launch that had `tiles` tiles. Throws InputError where no split gives so
/// many.
[[nodiscard]] std::int32_t splits_of_tiles(std::span<TileRow const> rows, std::int64_t tiles);

/// Blocks per piece for splits sized by work: of the chunks ceil(longest row / n), n from 1 to
/// 4 x slots (and kMostPieces), the one whose pieces, scheduled longest first with
/// kTileOverheadBlocks each, end first, kMergeBlocks x n for merging n > 1 pieces included; of
/// equals the largest. The cost's form is that of FlashInfer PR 4904 with a schedule in place of
/// its waves.
[[nodiscard]] std::int32_t balanced_chunk_blocks(std::span<TileRow const> rows, std::int32_t slots);

/// Fixed cost of a tile and of merging one piece, in blocks. Planning weights, not measurements:
/// they only choose a split; the simulator's costs are fitted.
inline constexpr std::int32_t kTileOverheadBlocks = 2;
inline constexpr double kMergeBlocks = 0.1;

// More of them, for uniform_splits(): what a tile pays for writing a partial result, what the
// launch of the merge and each piece of a row add.
inline constexpr std::int32_t kPartialBlocks = 1;
inline constexpr double kMergeLaunchBlocks = 4;
inline constexpr double kMergePieceBlocks = 0.02;
/// Below this the weights are too coarse to say which of two splits is quicker.
inline constexpr double kSplitGainRatio = 0.12;

/// Pieces of a row that its tiles can count.
inline constexpr std::int32_t kMostPieces = 65535;

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

/// Combine tiles of decode rows: a row of more than kLoneMergeSplits pieces becomes a tile per
/// query head of its group, so that more CTAs share the reading of its partials.
[[nodiscard]] std::vector<Tile> spread_merges(std::span<Tile const> merges,
                                              std::int32_t group_size);
inline constexpr std::int32_t kLoneMergeSplits = 32;  ///< what one CTA reads in one go, 4 rows

/// Cuts the rows in natural order into `slots` equal shares (Stream-K, arXiv 2301.03598).
struct BalancedShares {
  SplitTiles split;
  std::vector<std::int32_t> cta_begin;  // [grid_ctas + 1]
};
[[nodiscard]] BalancedShares balanced_shares(std::span<TileRow const> rows, std::int32_t slots);

}  // namespace fluxscope::plan
