#pragma once
// One layer: its launches in stream order, each after the last CTA of the one before.

#include <cstdint>
#include <vector>

#include "plan/layer/work_list.hpp"
#include "sim/device/profile.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

struct LayerTimes {
  std::int64_t time_ps = 0;  ///< launch_ns + launches + a launch_gap_ns between any two
  std::vector<std::int64_t> launch_begin_ps;  // [launches], since the layer's begin
  std::vector<LaunchTimes> launches;          // [launches]
};

[[nodiscard]] LayerTimes simulate_layer(plan::LayerWork const& work, DeviceProfile const& profile,
                                        std::int32_t head_dim, Detail detail);

}  // namespace fluxscope::sim
