#pragma once

#include "plan/layer/work_list.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

/// Whole picoseconds are counted in 64 bits: no launch may reach half of what they hold, 53 days.
inline constexpr std::int64_t kLongestLaunchPs = std::int64_t{1} << 62;

/// Throws InputError where the launch could last kLongestLaunchPs: every tile at the slowest rate
/// that sharing allows, all slots busy until the last tile begins (Graham 1966), or under
/// balanced_split one CTA after the other. A bound, not the time: it may refuse a launch that
/// would just fit. Costs a pass over the tiles only where their number alone does not rule it out.
void refuse_endless_launch(plan::WorkList const& list, LaunchModel const& model);

}  // namespace fluxscope::sim
