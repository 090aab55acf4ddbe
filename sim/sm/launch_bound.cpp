#include "sim/sm/launch_bound.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "plan/layer/layer_plan.hpp"
#include "sim/sm/tile_source.hpp"

namespace fluxscope::sim {
namespace {

constexpr auto kMostBlocks = static_cast<double>(plan::kMaxTokens / plan::kBlockTokens);

}  // namespace

void refuse_endless_launch(plan::WorkList const& list, LaunchModel const& model) {
  KernelCost const& cost = model.cost;
  double const tile_ps = 1e3 * (cost.cta_start_ns + cost.tile_ns + cost.split_ns);
  auto const sharing = static_cast<std::uint32_t>(most_sharing(list, model));
  double const block_ps = 1e3 * block_time_ns(cost, sharing, sharing);
  auto const tiles = static_cast<double>(list.tiles.size());
  auto const limit = static_cast<double>(kLongestLaunchPs);
  if (tiles * (tile_ps + kMostBlocks * block_ps) < limit) return;
  double blocks = 0;
  double longest = 0;
  for (plan::Tile const& tile : list.tiles) {
    auto const count = static_cast<double>(plan::visited_blocks(tile));
    blocks += count;
    longest = std::max(longest, count);
  }
  double const all_ps = tiles * tile_ps + blocks * block_ps;
  bool const greedy = list.scheduler != plan::Scheduler::balanced_split;
  double const end_ps =
      greedy ? all_ps / used_slots(list, model) + tile_ps + longest * block_ps : all_ps;
  if (end_ps < limit) return;
  throw InputError("a launch of " + std::to_string(list.tiles.size()) + " tiles and " +
                   std::to_string(static_cast<std::int64_t>(blocks)) +
                   " blocks could last 53 days on this profile (times are whole picoseconds of 62 "
                   "bits) lower the context or the batch, or check the profile's times");
}

}  // namespace fluxscope::sim
