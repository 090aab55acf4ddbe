#pragma once

#include <cstdint>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// One execution of a tile. Picoseconds, so that sums do not depend on their order.
struct TileDuration {
  std::int32_t visited_blocks = 0;
  std::int64_t duration_ps = 0;

  friend auto operator<=>(TileDuration const&, TileDuration const&) = default;
};

/// The /tile_times rows of one launch, ascending by visited blocks: count, mean, min, p50, p99
/// (nearest rank), max, in ns. launch_id is left to the caller.
[[nodiscard]] std::vector<traces::TileTimeRecord> tile_times(std::vector<TileDuration> durations);

}  // namespace fluxscope::runs
