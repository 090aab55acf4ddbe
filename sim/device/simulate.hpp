#pragma once

#include <string>

#include "plan/experiment/experiment.hpp"
#include "sim/device/profile.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::sim {

/// Where a prediction stands towards the cases that its profile was fitted to.
///   transferred   the profile was not fitted to this GPU
///   calibrated    shape, context and batch are all among the fitted ones
///   interpolated  the shape is, the others are inside the fitted ranges
///   extrapolated  all others
/// A profile that does not say which shapes it was fitted to counts as fitted to all.
[[nodiscard]] std::string provenance(DeviceProfile const& profile, plan::Phase phase,
                                     plan::AttentionShape const& shape, std::int64_t batch,
                                     std::int64_t kv_len);

/// Runs every case of `experiment` on `profile`: the tables of a measured trace with source
/// "simulated". Cases follow each other on one time axis. Runs on all cores; the result does not
/// depend on how many. run.created, host and command_line are left to the caller.
/// Throws InputError where the profile has no kernel that the experiment or a plan needs, and
/// "case NAME: ..." where a plan is refused or one layer of it is larger than the GPU's memory.
[[nodiscard]] traces::Trace simulate(plan::Experiment const& experiment,
                                     DeviceProfile const& profile);

}  // namespace fluxscope::sim
