#include "sim/calibrate/chip_of_trace.hpp"

#include <gtest/gtest.h>

namespace fluxscope::sim {
namespace {

using Places = std::vector<traces::SmPlaceRecord>;

/// SMs in the order in which they are filled: (gpc, memory group) of each.
Places places(std::vector<std::pair<std::uint32_t, std::uint32_t>> const& order) {
  Places rows;
  for (auto const& [gpc, group] : order) {
    auto const rank = static_cast<std::uint32_t>(rows.size());
    rows.push_back({.sm = 100 - rank, .gpc = gpc, .memory_group = group, .fill_rank = rank});
  }
  return rows;
}

TEST(ChipOfTrace, RunsOfOneGpcArePartsAndTheLoneTpcsBeforeThemAreFilledFirst) {
  auto const rows = places({{7, 0},
                            {7, 0},
                            {8, 1},
                            {8, 1},  // two lone TPCs
                            {0, 1},
                            {0, 1},
                            {0, 1},
                            {0, 1},
                            {9, 1},
                            {9, 1},  // a GPC of 6 SMs
                            {1, 0},
                            {1, 0},
                            {1, 0},
                            {1, 0}});

  Chip const chip = chip_of_trace(rows);

  EXPECT_EQ(chip.first, (std::vector<ChipPart>{{2, 0}, {2, 1}}));
  EXPECT_EQ(chip.parts, (std::vector<ChipPart>{{6, 1}, {4, 0}}));
}

TEST(ChipOfTrace, WhereAnythingIsNotKnownNothingIs) {
  auto rows = places({{0, 0}, {0, 0}, {0, 0}, {0, 0}});
  EXPECT_TRUE(chip_of_trace(rows).known());

  rows[2].memory_group = traces::kNoRow;
  EXPECT_FALSE(chip_of_trace(rows).known());
  EXPECT_FALSE(chip_of_trace({}).known());
}

}  // namespace
}  // namespace fluxscope::sim
