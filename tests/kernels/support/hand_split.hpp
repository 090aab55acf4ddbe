#pragma once
// Launches written by hand: the plan's own splitting is not used here.

#include <cstdint>
#include <vector>

#include "plan/layer/work_list.hpp"

namespace fluxscope::testing {

/// Launches of a layer in stream order.
using Launches = std::vector<plan::WorkList>;

/// One row of work: seq, head and q_block of `place`, and the blocks that it visits, ascending,
/// as WorkList::block_list spells them.
struct HandRow {
  plan::Tile place;
  std::vector<std::uint32_t> entries;
};

/// A launch of `op` and, where splits > 1, its combine launch. Every row is cut into `splits`
/// pieces; pieces beyond the number of blocks are empty tiles. Rows of at most two runs of blocks
/// become ranges unless `as_list`.
[[nodiscard]] Launches split_by_hand(plan::LaunchOp op, std::vector<HandRow> const& rows,
                                     std::int32_t splits, bool as_list);

/// All blocks below `visible`; those that are not in `selected` (ascending) with kMaskedOutBit.
[[nodiscard]] std::vector<std::uint32_t> masked_entries(std::vector<std::int32_t> const& selected,
                                                        std::int32_t visible);

}  // namespace fluxscope::testing
