#pragma once

#include "plan/experiment/experiment.hpp"
#include "sim/device/profile.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::sim {

/// simulate(), and the steps of the experiment, if it has any, behind the cases on one time axis.
/// Attention, its copies and merges take the times of their layer's case, which is simulated once
/// however many layers and steps have it; all other operations those of the profile's tables. A
/// step's interval has every operation at the same end of its own: it is the widest there can be.
/// Throws InputError as simulate() does, and before anything is simulated where weights and KV of a
/// step are beyond the GPU's memory or the profile lacks a table.
[[nodiscard]] traces::Trace simulate_experiment(plan::Experiment const& experiment,
                                                DeviceProfile const& profile);

}  // namespace fluxscope::sim
