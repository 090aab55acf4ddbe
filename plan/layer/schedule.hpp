#pragma once
// From rows to one launch: split, then order.

#include <span>

#include "plan/layer/split.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

/// How many pieces a row of this launch gets, before the scheduler `balanced_split` overrides it.
enum class SplitRule : std::uint8_t { none, uniform, balanced };

/// The attention launch over `rows` and, where rows were split, its combine launch after it.
/// `recorded_tiles` of a launch that ran take the place of uniform_splits(); 0: not known.
[[nodiscard]] std::vector<WorkList> schedule_rows(TileRows rows, Phase phase, SplitRule rule,
                                                  Scheduler scheduler, DeviceSlots const& slots,
                                                  std::int64_t recorded_tiles = 0);

/// CTA i of the launch runs tile i and no other.
[[nodiscard]] constexpr bool one_tile_per_cta(Scheduler scheduler) {
  return scheduler == Scheduler::natural || scheduler == Scheduler::longest_first ||
         scheduler == Scheduler::longest_spread;
}

/// Prefill rows are ordered inside their KV sections (plan/layer/kv_sections.hpp).
[[nodiscard]] constexpr bool orders_by_section(Scheduler scheduler) {
  return scheduler != Scheduler::natural && scheduler != Scheduler::balanced_split;
}

/// Orders tiles longest first; ties keep their order.
void order_longest_first(std::span<Tile> tiles);

/// Spreads tiles evenly: entry i goes where the i-th of the places in bit-reversed order is, so
/// that the first n entries, of every n, lie about equally far apart (van der Corput 1935).
void spread_evenly(std::span<Tile> tiles);

}  // namespace fluxscope::plan
