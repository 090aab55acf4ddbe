#include "plan/layer/split.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/checked.hpp"
#include "base/error.hpp"

namespace fluxscope::plan {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::int32_t longest(std::span<TileRow const> rows) {
  std::int32_t blocks = 0;
  for (TileRow const& row : rows) blocks = std::max(blocks, row.blocks);
  return blocks;
}

double wave_efficiency(std::size_t rows, std::int32_t splits, std::int32_t slots) {
  double const waves =
      static_cast<double>(rows) * static_cast<double>(splits) / static_cast<double>(slots);
  return waves / static_cast<double>(ceil_div(static_cast<std::int64_t>(rows) * splits, slots));
}

/// So many rows, pieces or slots of one number of blocks.
struct Counted {
  std::int64_t blocks = 0;
  std::int64_t count = 0;
};
using PieceCounts = std::vector<Counted>;  // longest first, no length twice

/// Longest first, equal lengths together.
PieceCounts merged(PieceCounts counts) {
  std::sort(counts.begin(), counts.end(),
            [](Counted const& a, Counted const& b) { return a.blocks > b.blocks; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (kept > 0 && counts[kept - 1].blocks == counts[i].blocks) {
      counts[kept - 1].count += counts[i].count;
    } else {
      counts[kept++] = counts[i];
    }
  }
  counts.resize(kept);
  return counts;
}

PieceCounts row_lengths(std::span<TileRow const> rows) {
  PieceCounts lengths;
  for (TileRow const& row : rows) {
    // Rows beside each other are often alike.
    if (!lengths.empty() && lengths.back().blocks == row.blocks) {
      ++lengths.back().count;
    } else {
      lengths.push_back({row.blocks, 1});
    }
  }
  return merged(std::move(lengths));
}

/// What rows are cut into if no piece may exceed `chunk`: parts as equal as split_rows makes them.
PieceCounts piece_sizes(PieceCounts const& rows_of, std::int32_t chunk) {
  PieceCounts sizes;
  sizes.reserve(2 * rows_of.size());
  for (auto const& [length, rows] : rows_of) {
    std::int64_t const pieces = std::max<std::int64_t>(1, ceil_div(length, chunk));
    std::int64_t const longer = length % pieces;
    if (longer > 0) sizes.push_back({length / pieces + 1, rows * longer});
    sizes.push_back({length / pieces, rows * (pieces - longer)});
  }
  return merged(std::move(sizes));
}

/// When the last slot ends under longest-first list scheduling, tile overheads included, in blocks.
/// Slots of equal load are moved together, so that the cost does not depend on their number.
std::int64_t longest_first_end(PieceCounts const& sizes, std::int32_t slots,
                               std::int32_t tile_overhead) {
  std::vector<Counted> slots_at{{0, slots}};  // by load, from `first` on
  std::size_t first = 0;
  for (auto const& [blocks, count] : sizes) {
    for (std::int64_t left = count; left > 0;) {
      auto const [load, free] = slots_at[first];
      std::int64_t const taken = std::min(free, left);
      left -= taken;
      if (free > taken) {
        slots_at[first].count = free - taken;
      } else {
        ++first;
      }
      std::int64_t const end = load + blocks + tile_overhead;
      std::size_t at = slots_at.size();
      while (at > first && slots_at[at - 1].blocks > end) --at;
      if (at > first && slots_at[at - 1].blocks == end) {
        slots_at[at - 1].count += taken;
      } else {
        slots_at.insert(slots_at.begin() + static_cast<std::ptrdiff_t>(at), {end, taken});
      }
    }
  }
  return slots_at.back().blocks;
}

/// No schedule of so much work ends before this; a little less, for it is rounded.
double least_end(std::int64_t blocks, std::int64_t tiles, std::int32_t tile_overhead,
                 std::int32_t slots) {
  constexpr double kRounding = 1e-9;
  return static_cast<double>(blocks + tiles * tile_overhead) / slots * (1 - kRounding);
}

/// A split that leaves the longest piece as long as one fewer would is no split at all.
bool shortens(std::int32_t blocks, std::int32_t splits) {
  return splits == 1 || ceil_div(blocks, splits) < ceil_div(blocks, splits - 1);
}

/// Rows that uniform_splits() leaves whole.
bool stay_whole(std::span<TileRow const> rows, std::int32_t slots) {
  return rows.empty() || 5 * rows.size() >= 4 * static_cast<std::size_t>(slots) ||
         longest(rows) <= 4;
}

std::int32_t most_splits(std::int32_t blocks) { return std::min(blocks, 128); }

/// When `rows` rows of `blocks` blocks, each in `splits` pieces, and their merge end, in blocks.
double uniform_end(std::size_t rows, std::int32_t blocks, std::int32_t splits, std::int32_t slots) {
  auto const count = static_cast<std::int64_t>(rows);
  std::int32_t const longer = blocks % splits;
  PieceCounts const sizes{{blocks / splits + 1, count * longer},
                          {blocks / splits, count * (splits - longer)}};
  if (splits == 1) {
    return static_cast<double>(longest_first_end(sizes, slots, kTileOverheadBlocks));
  }
  auto const end = longest_first_end(sizes, slots, kTileOverheadBlocks + kPartialBlocks);
  return static_cast<double>(end) + kMergeLaunchBlocks + kMergePieceBlocks * splits;
}

/// Numbers the pieces of each row and gives rows with several pieces their partial slots.
class SplitNumbering {
 public:
  void add_row(std::span<Tile const> pieces) {
    auto const count = static_cast<std::int32_t>(pieces.size());
    for (std::int32_t i = 0; i < count; ++i) {
      Tile tile = pieces[static_cast<std::size_t>(i)];
      tile.split = static_cast<std::uint16_t>(i);
      tile.num_splits = checked_cast<std::uint16_t>(count, "pieces of a row");
      tile.partial_slot = count > 1 ? result.partial_slots + i : -1;
      result.tiles.push_back(tile);
    }
    if (count == 1) return;
    Tile merge = pieces[0];
    merge.kind = TileKind::range;
    merge.sink_begin = merge.sink_count = 0;
    merge.kv_begin = result.partial_slots;
    merge.kv_count = count;
    result.combine.push_back(merge);
    result.partial_slots = checked_cast<std::int32_t>(std::int64_t{result.partial_slots} + count,
                                                      "partial results of a launch");
  }

  SplitTiles result;
};

}  // namespace

std::int32_t wave_splits(std::span<TileRow const> rows, std::int32_t slots) {
  if (stay_whole(rows, slots)) return 1;
  std::int32_t const blocks = longest(rows);
  std::int32_t const most = most_splits(blocks);
  double best = 0;
  for (std::int32_t s = 1; s <= most; ++s) {
    best = std::max(best, wave_efficiency(rows.size(), s, slots));
  }
  for (std::int32_t s = 1; s <= most; ++s) {
    if (shortens(blocks, s) && wave_efficiency(rows.size(), s, slots) >= 0.85 * best) return s;
  }
  return most;
}

std::int32_t flash_splits(std::int64_t rows, std::int32_t blocks, std::int32_t slots) {
  if (5 * rows >= 4 * std::int64_t{slots}) return 1;
  std::int32_t const most = std::min(most_splits(blocks), slots);
  auto const efficiency = [&](std::int32_t s) {
    return wave_efficiency(static_cast<std::size_t>(rows), s, slots);
  };
  double best = 0;
  for (std::int32_t s = 1; s <= most; ++s) {
    if (shortens(blocks, s)) best = std::max(best, efficiency(s));
  }
  for (std::int32_t s = 1; s <= most; ++s) {
    if (shortens(blocks, s) && efficiency(s) >= 0.85 * best) return s;
  }
  return 1;
}

std::int32_t uniform_splits(std::span<TileRow const> rows, std::int32_t slots) {
  if (stay_whole(rows, slots)) return 1;
  std::int32_t const blocks = longest(rows);
  std::int32_t best = 1;
  double best_end = uniform_end(rows.size(), blocks, 1, slots);
  auto const count = static_cast<std::int64_t>(rows.size());
  for (std::int32_t s = 2; s <= most_splits(blocks); ++s) {
    if (!shortens(blocks, s)) continue;
    // More pieces are more overhead: from here on none can end earlier.
    if (least_end(count * blocks, count * s, kTileOverheadBlocks + kPartialBlocks, slots) >=
        best_end) {
      break;
    }
    double const end = uniform_end(rows.size(), blocks, s, slots);
    if (end < best_end) {
      best_end = end;
      best = s;
    }
  }
  std::int32_t const by_waves = wave_splits(rows, slots);
  double const waves_end = uniform_end(rows.size(), blocks, by_waves, slots);
  return best_end < (1 - kSplitGainRatio) * waves_end ? best : by_waves;
}

std::int32_t splits_of_tiles(std::span<TileRow const> rows, std::int64_t tiles) {
  auto const tiles_at = [&](std::int32_t splits) {
    std::int64_t count = 0;
    for (TileRow const& row : rows) count += std::max(1, std::min(splits, row.blocks));
    return count;
  };
  std::int32_t low = 1;
  std::int32_t high = std::max(1, longest(rows));
  while (low < high) {
    std::int32_t const middle = low + (high - low) / 2;
    if (tiles_at(middle) < tiles) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (tiles_at(low) == tiles) return low;
  throw InputError("no uniform split of " + std::to_string(rows.size()) + " rows gives " +
                   std::to_string(tiles) + " tiles (the trace and the plan do not agree)");
}

std::int32_t balanced_chunk_blocks(std::span<TileRow const> rows, std::int32_t slots) {
  PieceCounts const rows_of = row_lengths(rows);
  std::int64_t total = 0;
  for (auto const& [length, count] : rows_of) total += length * count;
  std::int32_t const blocks = longest(rows);
  std::int32_t best_chunk = std::max(blocks, 1);
  double best_cost = 0;
  for (std::int32_t pieces = 1; pieces <= std::min({blocks, 4 * slots, kMostPieces}); ++pieces) {
    // A chunk gives at least a piece per row: what follows merges more and ends no earlier.
    double const least =
        least_end(total, static_cast<std::int64_t>(rows.size()), kTileOverheadBlocks, slots) +
        kMergeBlocks * pieces;
    if (pieces > 1 && least >= best_cost) break;
    auto const chunk = static_cast<std::int32_t>(ceil_div(blocks, pieces));
    if (ceil_div(blocks, chunk) != pieces) continue;  // no chunk cuts the longest row so
    double const cost = static_cast<double>(longest_first_end(piece_sizes(rows_of, chunk), slots,
                                                              kTileOverheadBlocks)) +
                        (pieces > 1 ? kMergeBlocks * pieces : 0.0);
    if (pieces == 1 || cost < best_cost) {
      best_cost = cost;
      best_chunk = chunk;
    }
  }
  return best_chunk;
}

Tile cut_row(Tile const& whole, std::int32_t first, std::int32_t count) {
  expects(first >= 0 && count >= 0 && first + count <= visited_blocks(whole),
          "a piece lies inside its row");
  Tile piece = whole;
  if (whole.kind == TileKind::list) {
    piece.kv_begin = whole.kv_begin + first;
    piece.kv_count = count;
    return piece;
  }
  std::int32_t const sink_first = std::min(first, whole.sink_count);
  std::int32_t const sink_last = std::min(first + count, whole.sink_count);
  piece.sink_begin = whole.sink_begin + sink_first;
  piece.sink_count = sink_last - sink_first;
  piece.kv_begin = whole.kv_begin + std::max(0, first - whole.sink_count);
  piece.kv_count = count - piece.sink_count;
  if (piece.sink_count == 0) piece.sink_begin = 0;
  return piece;
}

SplitTiles split_rows(std::span<TileRow const> rows, std::span<std::int32_t const> pieces) {
  expects(rows.size() == pieces.size(), "a piece count per row");
  SplitNumbering numbering;
  std::vector<Tile> parts;
  numbering.result.tiles.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::int32_t const count = std::max(1, std::min(pieces[i], rows[i].blocks));
    if (count == 1) {
      numbering.add_row({&rows[i].whole, 1});
      continue;
    }
    parts.clear();
    for (std::int32_t p = 0; p < count; ++p) {
      auto const first = static_cast<std::int32_t>(std::int64_t{rows[i].blocks} * p / count);
      auto const last = static_cast<std::int32_t>(std::int64_t{rows[i].blocks} * (p + 1) / count);
      parts.push_back(cut_row(rows[i].whole, first, last - first));
    }
    numbering.add_row(parts);
  }
  return std::move(numbering.result);
}

std::vector<Tile> spread_merges(std::span<Tile const> merges, std::int32_t group_size) {
  std::vector<Tile> tiles;
  for (Tile const& merge : merges) {
    if (merge.kv_count <= kLoneMergeSplits) {
      tiles.push_back(merge);
      continue;
    }
    for (std::int32_t row = 1; row <= group_size; ++row) {
      tiles.push_back(merge);
      tiles.back().merge_row = static_cast<std::uint8_t>(row);
    }
  }
  return tiles;
}

BalancedShares balanced_shares(std::span<TileRow const> rows, std::int32_t slots) {
  std::int64_t total = 0;
  for (TileRow const& row : rows) total += row.blocks;
  std::int64_t const share = std::max<std::int64_t>(1, ceil_div(total, slots));
  BalancedShares shares;
  shares.cta_begin.push_back(0);
  SplitNumbering numbering;
  std::vector<Tile> parts;
  std::int64_t done = 0;  // blocks before the current piece
  for (TileRow const& row : rows) {
    parts.clear();
    std::int32_t first = 0;
    do {
      std::int64_t const room = share - done % share;
      auto const count =
          static_cast<std::int32_t>(std::min<std::int64_t>(room, row.blocks - first));
      parts.push_back(cut_row(row.whole, first, count));
      first += count;
      done += count;
      auto const tiles_so_far = numbering.result.tiles.size() + parts.size();
      if (count > 0 && done % share == 0) {
        shares.cta_begin.push_back(checked_cast<std::int32_t>(tiles_so_far, "tiles of a launch"));
      }
    } while (first < row.blocks);
    numbering.add_row(parts);
  }
  shares.split = std::move(numbering.result);
  auto const tiles = checked_cast<std::int32_t>(shares.split.tiles.size(), "tiles of a launch");
  if (shares.cta_begin.back() != tiles) shares.cta_begin.push_back(tiles);
  return shares;
}

}  // namespace fluxscope::plan
