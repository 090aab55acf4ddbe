#include "sim/predict/idle_time.hpp"

#include <algorithm>
#include <vector>

#include "sim/sm/tile_source.hpp"

namespace fluxscope::sim {
namespace {

/// When the first CTA begins: slots are filled in their order.
std::int64_t first_in_ps(LaunchTimes const& times, LaunchModel const& model) {
  FixedTimes const fixed(model.cost);
  auto const ran = [](std::int64_t out_ps) { return out_ps != LaunchTimes::kUnused; };
  auto const& out = times.slot_out_ps;
  return (std::find_if(out.begin(), out.end(), ran) - out.begin()) * fixed.dispatch_ps +
         fixed.start_ps;
}

}  // namespace

IdleArea idle_area(LaunchTimes const& times, LaunchModel const& model) {
  constexpr std::int64_t kPsPerNs = 1000;
  if (times.slot_out_ps.empty()) return {};
  auto const sms = static_cast<std::size_t>(model.sm_count);
  std::vector<std::int64_t> last(sms, LaunchTimes::kUnused);
  for (std::size_t slot = 0; slot < times.slot_out_ps.size(); ++slot) {
    last[slot % sms] = std::max(last[slot % sms], times.slot_out_ps[slot]);
  }
  std::int64_t const begin_ns = first_in_ps(times, model) / kPsPerNs;
  std::int64_t const end_ns = times.makespan_ps / kPsPerNs;
  IdleArea area{.total_ns = model.sm_count * (end_ns - begin_ns)};
  for (std::int64_t const out_ps : last) {
    area.tail_ns += end_ns - (out_ps == LaunchTimes::kUnused ? begin_ns : out_ps / kPsPerNs);
  }
  return area;
}

double level_end_ps(plan::WorkList const& list, LaunchModel const& model) {
  FixedTimes const fixed(model.cost);
  auto const slots = static_cast<double>(model.sm_count) * model.ctas_per_sm;
  std::int64_t blocks = 0;
  std::int64_t parts = 0;
  for (plan::Tile const& tile : list.tiles) {
    blocks += plan::visited_blocks(tile);
    parts += tile.num_splits > 1 ? 1 : 0;
  }
  auto const tiles = static_cast<std::int64_t>(list.tiles.size());
  bool const alone = model.limit != plan::OpLimit::device_memory;
  auto const sharing = static_cast<std::uint32_t>(alone ? model.ctas_per_sm : slots);
  auto const groups = static_cast<std::uint32_t>(model.chip.memory_groups());
  double const block_ps = 1e3 * block_time_ns(model.cost, (sharing + groups - 1) / groups, sharing);
  auto const ps = [](std::int64_t count, std::int64_t each) {
    return static_cast<double>(count) * static_cast<double>(each);
  };
  double const work = ps(list.grid_ctas, fixed.start_ps) + ps(parts, fixed.part_ps) +
                      ps(tiles - parts, fixed.whole_ps) + static_cast<double>(blocks) * block_ps;
  double const half_ramp = 0.5 * static_cast<double>(fixed.dispatch_ps) *
                           (static_cast<double>(used_slots(list, model)) - 1);
  return half_ramp + work / slots;
}

}  // namespace fluxscope::sim
