#pragma once
// From a simulated launch to rows of a trace.

#include "plan/layer/work_list.hpp"
#include "runs/launch/rows.hpp"
#include "sim/device/profile.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

/// All rows of one launch but /tiles, before the keep rule. Times are nanoseconds since the
/// launch's begin, rounded down; ids are left to the caller.
[[nodiscard]] runs::LaunchRows launch_rows(plan::WorkList const& list, LaunchTimes const& times,
                                           DeviceProfile const& profile);

}  // namespace fluxscope::sim
