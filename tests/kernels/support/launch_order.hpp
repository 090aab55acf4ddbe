#pragma once
// The first launch of a layer under other schedulers and in other orders: none may change a bit.

#include "base/random.hpp"
#include "tests/kernels/support/hand_split.hpp"

namespace fluxscope::testing {

/// Tiles of more blocks first, ties in their order.
[[nodiscard]] Launches longest_first(Launches launches);

/// `grid_ctas` CTAs take the tiles from a queue, in the order they have.
[[nodiscard]] Launches from_queue(Launches launches, std::int32_t grid_ctas);

/// Four CTAs run a share each: tiles 0 to 9, none, 10 to 69, the others.
[[nodiscard]] Launches in_four_shares(Launches launches);

[[nodiscard]] Launches permuted(Launches launches, Random& random);

}  // namespace fluxscope::testing
