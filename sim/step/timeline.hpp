#pragma once
// When the launches of a step run: host and GPU, one behind the other.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/step/launch_mode.hpp"
#include "sim/cost/step_tables.hpp"

namespace fluxscope::sim {

struct TimedLaunch {
  double gpu_ns = 0;
  double host_ns = 0;  ///< of its call; graph: not used
};

struct StepTimeline {
  std::vector<double> begin_ns;  ///< [launches], on the GPU, since the step's first call
  double time_ns = 0;            ///< until the last launch's end
  double host_ns = 0;            ///< until the last call's return
};

/// One stream. Eager: launch i begins eager_start_ns behind its call's return, or eager_gap_ns
/// behind the end of launch i - 1, whichever is later; so a step takes the GPU's time where the
/// host runs ahead, and the host's where it does not. Graph: one call of the host, taken as a part
/// of graph_start_ns, then every launch graph_gap_ns behind the one before.
[[nodiscard]] StepTimeline step_timeline(plan::LaunchMode mode,
                                         std::span<TimedLaunch const> launches,
                                         LaunchCosts const& costs);

}  // namespace fluxscope::sim
