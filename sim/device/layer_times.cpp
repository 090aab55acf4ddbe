#include "sim/device/layer_times.hpp"

#include "base/checked.hpp"
#include "sim/sm/tile_source.hpp"

namespace fluxscope::sim {

LayerTimes simulate_layer(plan::LayerWork const& work, DeviceProfile const& profile,
                          std::int32_t head_dim, Detail detail) {
  LayerTimes times;
  std::int64_t now = picoseconds(profile.launch_ns);
  for (plan::WorkList const& list : work.launches) {
    if (!times.launches.empty()) now += picoseconds(profile.launch_gap_ns);
    times.launch_begin_ps.push_back(now);
    times.launches.push_back(
        simulate_launch(list, profile.launch_model(list.op, head_dim), detail));
    now = checked_sum(now, times.launches.back().makespan_ps, "picoseconds of a layer");
  }
  times.time_ps = now;
  return times;
}

}  // namespace fluxscope::sim
