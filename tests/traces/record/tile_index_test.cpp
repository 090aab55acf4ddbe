#include "traces/record/tile_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace fluxscope::traces {
namespace {

// Numbers of few values: most tiles have rows of equal numbers before or behind them.
Trace crowded_trace(unsigned seed) {
  std::mt19937 random(seed);
  auto const few = [&] { return std::uniform_int_distribution<std::uint32_t>(0, 3)(random); };
  Trace trace;
  trace.tiles.resize(seed);
  for (TileRow& tile : trace.tiles) {
    tile.case_id = few();
    tile.launch_index = few();
    tile.tile = few();
  }
  return trace;
}

TEST(TileIndex, FindsTheRowThatASearchFromTheFirstRowOnFinds) {
  for (unsigned rows = 0; rows < 120; ++rows) {
    Trace const trace = crowded_trace(rows);
    TileIndex const index(trace);
    for (std::uint32_t number = 0; number < 5 * 5 * 5; ++number) {
      std::uint32_t const case_id = number / 25;
      std::uint32_t const launch = number / 5 % 5;
      std::uint32_t const tile = number % 5;
      auto const first =
          std::find_if(trace.tiles.begin(), trace.tiles.end(), [&](TileRow const& row) {
            return row.case_id == case_id && row.launch_index == launch && row.tile == tile;
          });
      TileRow const* const want = first == trace.tiles.end() ? nullptr : &*first;
      ASSERT_EQ(index.find(case_id, launch, tile), want) << rows << " rows";
    }
  }
}

}  // namespace
}  // namespace fluxscope::traces
