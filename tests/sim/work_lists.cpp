#include "tests/sim/work_lists.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace fluxscope::sim::testing {

plan::WorkList work_list(std::vector<std::int32_t> const& blocks, plan::Scheduler scheduler,
                         std::int32_t slots) {
  plan::WorkList list{.op = plan::LaunchOp::decode, .scheduler = scheduler};
  for (std::int32_t const count : blocks) list.tiles.push_back({.kv_count = count});
  auto const tiles = static_cast<std::int32_t>(blocks.size());
  list.grid_ctas = tiles;
  if (scheduler == plan::Scheduler::persistent) list.grid_ctas = std::min(slots, tiles);
  if (scheduler == plan::Scheduler::balanced_split) {
    list.grid_ctas = std::min(slots, tiles);
    for (std::int32_t cta = 0; cta <= list.grid_ctas; ++cta) {
      list.cta_begin.push_back(tiles * cta / std::max(1, list.grid_ctas));
    }
  }
  return list;
}

std::vector<std::int32_t> random_blocks(std::uint64_t seed, std::size_t count, std::int32_t most) {
  Random random(seed);
  std::vector<std::int32_t> blocks(count);
  for (std::int32_t& value : blocks) {
    value = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(most) + 1));
  }
  return blocks;
}

LaunchModel model(std::int32_t sms, std::int32_t ctas_per_sm, KernelCost cost,
                  plan::OpLimit limit) {
  return {.cost = cost, .limit = limit, .sm_count = sms, .ctas_per_sm = ctas_per_sm};
}

}  // namespace fluxscope::sim::testing
