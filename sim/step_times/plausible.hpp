#pragma once
// Whether a GPU can have taken the times of a table.

#include "sim/device/profile.hpp"
#include "sim/step_times/table.hpp"

namespace fluxscope::sim {

/// Throws InputError "path:line: ..." for a product quicker than 1.1 x the peak FLOP rate, for
/// anything quicker than 4 x the memory's bandwidth (the L2's), and for a table whose best row of
/// 10 ideal microseconds or more takes 100 times its ideal (all_reduce, whose links are a tenth of
/// the memory and slower: 1000 times).
void expect_plausible(StepTimes const& times, DeviceSpec const& spec);

}  // namespace fluxscope::sim
