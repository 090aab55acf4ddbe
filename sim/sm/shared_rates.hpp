#pragma once
// CTAs that share a resource: egalitarian processor sharing with a cap per CTA, in virtual time.

#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

/// All CTAs of a domain (an SM, or the device) progress at the same rate, so one counter V of
/// blocks done per CTA serves them all: a tile that starts at V0 ends when V = V0 + its blocks,
/// whatever comes and goes in between. V advances by dt / max(block_ns, k x shared_block_ns) while
/// k CTAs share. An event costs a look through some 16 to 32 keys; rounding to whole picoseconds
/// happens once per finish. The classical virtual-time form of processor sharing (Kleinrock, vol.
/// 2, 1976).
///
/// Where a kernel's memory bound has paths of groups, or bends (nested_rates), each group has such
/// a counter, and its rate follows from the CTAs of the group and of all groups.
[[nodiscard]] LaunchTimes shared_rate_times(plan::WorkList const& list, LaunchModel const& model,
                                            Detail detail);

[[nodiscard]] bool nested_rates(LaunchModel const& model);

}  // namespace fluxscope::sim
