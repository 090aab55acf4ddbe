#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <tuple>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// Finds rows of /tiles by case, launch index and tile. Keeps a reference to the trace. Header
/// only: the analysis reads records and links nothing of a trace's file.
class TileIndex {
 public:
  explicit TileIndex(Trace const& trace) : trace_(trace), rows_(trace.tiles.size()) {
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    std::stable_sort(rows_.begin(), rows_.end(),
                     [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  }

  /// The first row of the table with these numbers; nullptr where there is none.
  [[nodiscard]] TileRow const* find(std::uint32_t case_id, std::uint32_t launch_index,
                                    std::uint32_t tile) const {
    Key const wanted{case_id, launch_index, tile};
    auto const found =
        std::lower_bound(rows_.begin(), rows_.end(), wanted,
                         [&](std::size_t row, Key const& one) { return key(row) < one; });
    return found == rows_.end() || key(*found) != wanted ? nullptr : &trace_.tiles[*found];
  }

 private:
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;

  [[nodiscard]] Key key(std::size_t row) const {
    TileRow const& tile = trace_.tiles[row];
    return {tile.case_id, tile.launch_index, tile.tile};
  }

  Trace const& trace_;
  std::vector<std::size_t> rows_;  // by key, then by row
};

}  // namespace fluxscope::traces
