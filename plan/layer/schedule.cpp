#include "plan/layer/schedule.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "base/schedule/list_schedule.hpp"

namespace fluxscope::plan {
namespace {

std::vector<std::int32_t> piece_counts(std::span<TileRow const> rows, Phase phase, SplitRule rule,
                                       std::int32_t slots, std::int64_t recorded_tiles) {
  std::vector<std::int32_t> pieces(rows.size(), 1);
  if (rule == SplitRule::none || rows.empty()) return pieces;
  if (rule == SplitRule::uniform) {
    // Prefill rows fill the slots many times over; kernels of this kind do not split there.
    if (phase == Phase::decode) {
      std::fill(
          pieces.begin(), pieces.end(),
          recorded_tiles > 0 ? splits_of_tiles(rows, recorded_tiles) : uniform_splits(rows, slots));
    }
    return pieces;
  }
  std::int32_t const chunk = balanced_chunk_blocks(rows, slots);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    pieces[i] = std::max(1, (rows[i].blocks + chunk - 1) / chunk);
  }
  return pieces;
}

/// Orders the tiles of each KV section, which are in the order of their rows.
void order_sections(std::vector<Tile>& tiles, std::span<TileRow const> rows) {
  std::size_t row = 0;
  for (std::size_t begin = 0; begin < tiles.size();) {
    std::int32_t const section = rows[row].section;
    std::size_t end = begin;
    for (; end < tiles.size(); ++end) {
      bool const next_row = end > begin && tiles[end].split == 0;
      if (next_row && rows[++row].section != section) break;
    }
    order_longest_first(std::span(tiles).subspan(begin, end - begin));
    begin = end;
  }
}

WorkList combine_list(std::vector<Tile> tiles, DeviceSlots const& slots) {
  WorkList list{.op = LaunchOp::combine, .scheduler = Scheduler::natural};
  list.grid_ctas = checked_cast<std::int32_t>(tiles.size(), "merges of a launch");
  list.ctas_per_sm = slots.copy_ctas_per_sm;
  list.tiles = std::move(tiles);
  return list;
}

}  // namespace

void order_longest_first(std::span<Tile> tiles) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(tiles.size());
  for (Tile const& tile : tiles) lengths.push_back(visited_blocks(tile));
  std::vector<Tile> ordered;
  ordered.reserve(tiles.size());
  for (std::uint32_t const i : longest_first_order(lengths)) ordered.push_back(tiles[i]);
  std::copy(ordered.begin(), ordered.end(), tiles.begin());
}

void spread_evenly(std::span<Tile> tiles) {
  std::vector<std::uint32_t> places(tiles.size());
  std::iota(places.begin(), places.end(), 0u);
  auto const bits = static_cast<int>(std::bit_width(tiles.size()));
  auto const reversed = [bits](std::uint32_t place) {
    std::uint64_t value = 0;
    for (int bit = 0; bit < bits; ++bit) value = value << 1 | (place >> bit & 1u);
    return value;
  };
  std::sort(places.begin(), places.end(),
            [&](std::uint32_t a, std::uint32_t b) { return reversed(a) < reversed(b); });
  std::vector<Tile> const entries(tiles.begin(), tiles.end());
  for (std::size_t i = 0; i < entries.size(); ++i) tiles[places[i]] = entries[i];
}

std::vector<WorkList> schedule_rows(TileRows rows, Phase phase, SplitRule rule, Scheduler scheduler,
                                    DeviceSlots const& slots, std::int64_t recorded_tiles) {
  expects(slots.sm_count >= 1 && slots.prefill_ctas_per_sm >= 1 && slots.decode_ctas_per_sm >= 1,
          "a device has slots");
  WorkList list{.op = phase == Phase::prefill ? LaunchOp::prefill : LaunchOp::decode,
                .prefill_kernel = slots.prefill_kernel,
                .scheduler = scheduler};
  list.ctas_per_sm = phase == Phase::prefill ? slots.prefill_ctas_per_sm : slots.decode_ctas_per_sm;
  std::int32_t const device_slots = slots.sm_count * list.ctas_per_sm;
  list.block_list = std::move(rows.block_list);
  SplitTiles split;
  if (scheduler == Scheduler::balanced_split) {
    auto shares = balanced_shares(rows.rows, device_slots);
    split = std::move(shares.split);
    list.cta_begin = std::move(shares.cta_begin);
    list.grid_ctas = static_cast<std::int32_t>(list.cta_begin.size()) - 1;
  } else {
    split =
        split_rows(rows.rows, piece_counts(rows.rows, phase, rule, device_slots, recorded_tiles));
    if (orders_by_section(scheduler)) order_sections(split.tiles, rows.rows);
    if (scheduler == Scheduler::longest_spread) {
      auto const first = std::min(split.tiles.size(), static_cast<std::size_t>(device_slots));
      spread_evenly(std::span(split.tiles).first(first));
    }
    auto const tiles = checked_cast<std::int32_t>(split.tiles.size(), "tiles of a launch");
    list.grid_ctas = scheduler == Scheduler::persistent ? std::min(device_slots, tiles) : tiles;
  }
  list.tiles = std::move(split.tiles);
  list.partial_slots = split.partial_slots;
  std::vector<WorkList> launches;
  launches.push_back(std::move(list));
  if (!split.combine.empty()) {
    launches.push_back(combine_list(std::move(split.combine), slots));
  }
  return launches;
}

}  // namespace fluxscope::plan
