#pragma once
// The KV blocks that the rows of a problem read.

#include <cstdint>
#include <vector>

namespace fluxscope::testing {

/// [rows]: KV blocks, ascending.
using BlockSelection = std::vector<std::vector<std::int32_t>>;

/// The first `sink` and the last `local` blocks of rows that hold all blocks from 0 on.
[[nodiscard]] BlockSelection first_and_last(BlockSelection full, std::int32_t sink,
                                            std::int32_t local);

/// Removes each block with probability `share`.
[[nodiscard]] BlockSelection thinned(BlockSelection selection, double share, std::uint64_t seed);

}  // namespace fluxscope::testing
