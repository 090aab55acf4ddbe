#include "sim/device/layer_times.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/checked.hpp"
#include "plan/placement/turned.hpp"
#include "sim/sm/shared_rates.hpp"
#include "sim/sm/tile_source.hpp"

namespace fluxscope::sim {

std::int32_t beginnings(plan::LayerWork const& work, DeviceProfile const& profile,
                        std::int32_t head_dim) {
  if (profile.chip.parts.size() < 2 || profile.chip.memory_groups() < 2) return 1;
  bool const matters =
      std::any_of(work.launches.begin(), work.launches.end(), [&](plan::WorkList const& list) {
        LaunchModel const model = profile.launch_model(list.op, head_dim);
        return nested_rates(model) && model.cost.group_block_ns > 0 &&
               plan::turns_of(list, model.sm_count) > 1;
      });
  return matters ? static_cast<std::int32_t>(profile.chip.parts.size()) : 1;
}

LayerTimes simulate_layer_from(std::int32_t start, plan::LayerWork const& work,
                               DeviceProfile const& profile, std::int32_t head_dim, Detail detail) {
  LayerTimes times;
  std::int64_t now = picoseconds(profile.launch_ns);
  for (plan::WorkList const& list : work.launches) {
    if (!times.launches.empty()) now += picoseconds(profile.launch_gap_ns);
    times.launch_begin_ps.push_back(now);
    LaunchModel model = profile.launch_model(list.op, head_dim);
    model.start = start;
    times.launches.push_back(simulate_launch(list, model, detail));
    now = checked_sum(now, times.launches.back().makespan_ps, "picoseconds of a layer");
  }
  times.time_ps = times.shortest_ps = times.longest_ps = now;
  times.start = start;
  return times;
}

LayerTimes simulate_layer(plan::LayerWork const& work, DeviceProfile const& profile,
                          std::int32_t head_dim, Detail detail) {
  std::int32_t const starts = beginnings(work, profile, head_dim);
  if (starts == 1) return simulate_layer_from(0, work, profile, head_dim, detail);
  std::vector<std::int64_t> ps;
  std::int64_t sum = 0;
  for (std::int32_t start = 0; start < starts; ++start) {
    ps.push_back(simulate_layer_from(start, work, profile, head_dim, Detail::makespan).time_ps);
    sum = checked_sum(sum, ps.back(), "picoseconds of a layer");
  }
  std::int64_t const mean = sum / starts;
  auto const nearest = std::min_element(ps.begin(), ps.end(), [&](auto a, auto b) {
    return std::abs(a - mean) < std::abs(b - mean);
  });
  auto times = simulate_layer_from(static_cast<std::int32_t>(nearest - ps.begin()), work, profile,
                                   head_dim, detail);
  times.time_ps = mean;
  times.shortest_ps = *std::min_element(ps.begin(), ps.end());
  times.longest_ps = *std::max_element(ps.begin(), ps.end());
  return times;
}

}  // namespace fluxscope::sim
