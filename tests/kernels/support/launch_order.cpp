#include "tests/kernels/support/launch_order.hpp"

#include <algorithm>
#include <span>

namespace fluxscope::testing {

Launches longest_first(Launches launches) {
  std::stable_sort(launches[0].tiles.begin(), launches[0].tiles.end(),
                   [](plan::Tile const& a, plan::Tile const& b) {
                     return plan::visited_blocks(a) > plan::visited_blocks(b);
                   });
  return launches;
}

Launches from_queue(Launches launches, std::int32_t grid_ctas) {
  launches[0].scheduler = plan::Scheduler::persistent;
  launches[0].grid_ctas = grid_ctas;
  return launches;
}

Launches in_four_shares(Launches launches) {
  launches[0].scheduler = plan::Scheduler::balanced_split;
  launches[0].grid_ctas = 4;
  launches[0].cta_begin = {0, 10, 10, 70, static_cast<std::int32_t>(launches[0].tiles.size())};
  return launches;
}

Launches permuted(Launches launches, Random& random) {
  shuffle(std::span(launches[0].tiles), random);
  return launches;
}

}  // namespace fluxscope::testing
