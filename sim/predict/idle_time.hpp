#pragma once
// What a simulated launch loses where its SMs do not end together.

#include <cstdint>

#include "plan/layer/work_list.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

/// Of one launch, times as a trace holds them, in whole ns.
struct IdleArea {
  std::int64_t tail_ns = 0;   ///< sum over all SMs of the window behind the SM's last CTA
  std::int64_t total_ns = 0;  ///< SMs x window
};
/// Metric M7's areas from times under Detail::exits.
[[nodiscard]] IdleArea idle_area(LaunchTimes const& times, LaunchModel const& model);

/// The end of the launch if its work were a fluid that every slot of the device takes an equal part
/// of: (half the ramp) + (starts + fixed times + blocks x time per block with all slots busy) /
/// slots. No schedule of the same tiles on this model is more level. In ps.
[[nodiscard]] double level_end_ps(plan::WorkList const& list, LaunchModel const& model);

}  // namespace fluxscope::sim
