#pragma once
// The tiles of a measured product, which a table of times does not name.

#include <span>
#include <vector>

#include "sim/cost/gemm_table.hpp"

namespace fluxscope::sim {

/// For each product of `column` (one n and k, m ascending, time_ns given) the tile and the splits
/// of k, of those that libraries of bf16 products have, under which time / floor_ns() changes least
/// to the eight neighbours on either side: the floor then goes up where the time does, at the edges
/// of waves. Nearer neighbours count more; of equals the one whose floor is nearest to the time. No
/// floor is above the time by more than 5 % (a clock above the data sheet's).
[[nodiscard]] std::vector<GemmPoint> with_tiles(std::span<GemmPoint const> column,
                                                GemmRates const& rates);

}  // namespace fluxscope::sim
