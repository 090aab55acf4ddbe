#include "sim/step/timeline.hpp"

#include <algorithm>

namespace fluxscope::sim {

StepTimeline step_timeline(plan::LaunchMode mode, std::span<TimedLaunch const> launches,
                           LaunchCosts const& costs) {
  bool const graph = mode == plan::LaunchMode::graph;
  double const gap_ns = graph ? costs.graph_gap_ns : costs.eager_gap_ns;
  StepTimeline times;
  if (graph) times.host_ns = costs.graph_start_ns;
  for (TimedLaunch const& launch : launches) {
    if (!graph) times.host_ns += launch.host_ns;
    double begin_ns = times.host_ns + (graph ? 0 : costs.eager_start_ns);
    if (!times.begin_ns.empty()) begin_ns = std::max(begin_ns, times.time_ns + gap_ns);
    times.begin_ns.push_back(begin_ns);
    times.time_ns = begin_ns + launch.gpu_ns;
  }
  return times;
}

}  // namespace fluxscope::sim
