#include "tests/kernels/support/hand_split.hpp"

#include <algorithm>

namespace fluxscope::testing {
namespace {

/// The part [first, last) of `blocks` as a range tile of at most two runs.
void set_range(plan::Tile& tile, std::vector<std::uint32_t> const& blocks, std::size_t first,
               std::size_t last) {
  if (first == last) return;
  std::size_t run = first + 1;
  while (run < last && blocks[run] == blocks[run - 1] + 1) ++run;
  if (run < last) {
    tile.sink_begin = static_cast<std::int32_t>(blocks[first]);
    tile.sink_count = static_cast<std::int32_t>(run - first);
    tile.kv_begin = static_cast<std::int32_t>(blocks[run]);
    tile.kv_count = static_cast<std::int32_t>(last - run);
  } else {
    tile.kv_begin = static_cast<std::int32_t>(blocks[first]);
    tile.kv_count = static_cast<std::int32_t>(last - first);
  }
}

void split_row(HandRow const& row, std::int32_t splits, bool as_list, plan::WorkList& work) {
  auto const begin = static_cast<std::int32_t>(work.block_list.size());
  if (as_list) {
    work.block_list.insert(work.block_list.end(), row.entries.begin(), row.entries.end());
  }
  auto const pieces = static_cast<std::size_t>(splits);
  std::size_t const count = row.entries.size();
  std::size_t const share = (count + pieces - 1) / pieces;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    std::size_t const first = std::min(count, piece * share);
    std::size_t const last = std::min(count, first + share);
    plan::Tile part = row.place;
    part.split = static_cast<std::uint16_t>(piece);
    part.num_splits = static_cast<std::uint16_t>(splits);
    if (splits > 1) part.partial_slot = work.partial_slots++;
    if (as_list) {
      part.kind = plan::TileKind::list;
      part.kv_begin = begin + static_cast<std::int32_t>(first);
      part.kv_count = static_cast<std::int32_t>(last - first);
    } else {
      set_range(part, row.entries, first, last);
    }
    work.tiles.push_back(part);
  }
}

}  // namespace

Launches split_by_hand(plan::LaunchOp op, std::vector<HandRow> const& rows, std::int32_t splits,
                       bool as_list) {
  plan::WorkList work{.op = op};
  plan::WorkList merges{.op = plan::LaunchOp::combine};
  for (HandRow const& row : rows) {
    plan::Tile merge = row.place;
    merge.num_splits = static_cast<std::uint16_t>(splits);
    merge.kv_begin = work.partial_slots;
    merge.kv_count = splits;
    merges.tiles.push_back(merge);
    split_row(row, splits, as_list, work);
  }
  work.grid_ctas = static_cast<std::int32_t>(work.tiles.size());
  merges.grid_ctas = static_cast<std::int32_t>(merges.tiles.size());
  return splits > 1 ? Launches{work, merges} : Launches{work};
}

std::vector<std::uint32_t> masked_entries(std::vector<std::int32_t> const& selected,
                                          std::int32_t visible) {
  std::vector<std::uint32_t> entries;
  for (std::int32_t block = 0; block < visible; ++block) {
    bool const kept = std::binary_search(selected.begin(), selected.end(), block);
    entries.push_back(static_cast<std::uint32_t>(block) | (kept ? 0u : plan::kMaskedOutBit));
  }
  return entries;
}

}  // namespace fluxscope::testing
