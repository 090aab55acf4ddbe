#pragma once
// One layer: its launches in stream order, each after the last CTA of the one before.

#include <cstdint>
#include <vector>

#include "plan/layer/work_list.hpp"
#include "sim/device/profile.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

/// The GPU begins a launch with a part of the chip that nobody chose: where that matters
/// (plan::turns_of) the layer is simulated from each part.
struct LayerTimes {
  std::int64_t time_ps = 0;      ///< launch_ns + launches + a launch_gap_ns between any two; the
                                 ///< mean of all beginnings
  std::int64_t shortest_ps = 0;  ///< of all beginnings
  std::int64_t longest_ps = 0;
  std::int32_t start = 0;  ///< the beginning whose time is nearest to the mean
  /// Of `start`.
  std::vector<std::int64_t> launch_begin_ps;  // [launches], since the layer's begin
  std::vector<LaunchTimes> launches;          // [launches]
};

[[nodiscard]] LayerTimes simulate_layer(plan::LayerWork const& work, DeviceProfile const& profile,
                                        std::int32_t head_dim, Detail detail);

/// Parts of the chip that simulate_layer begins with: all, or 1 where it does not matter.
[[nodiscard]] std::int32_t beginnings(plan::LayerWork const& work, DeviceProfile const& profile,
                                      std::int32_t head_dim);

/// Of one beginning: all times are its own.
[[nodiscard]] LayerTimes simulate_layer_from(std::int32_t start, plan::LayerWork const& work,
                                             DeviceProfile const& profile, std::int32_t head_dim,
                                             Detail detail);

}  // namespace fluxscope::sim
