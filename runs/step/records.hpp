#pragma once
// The rows of steps, the same for a measured and a simulated run.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "runs/step/launches.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// The row of /steps. Times are NaN, provenance is empty. `cases`: the experiment's, by case_id;
/// `launches` of the step.
[[nodiscard]] traces::StepRecord step_record(plan::Experiment const& experiment,
                                             plan::Step const& step,
                                             std::span<traces::CaseRecord const> cases,
                                             std::size_t launches);

/// The row of /step_launches of launch `index` of a step. Kernel, times and provenance are left to
/// the caller.
[[nodiscard]] traces::StepLaunchRecord step_launch_record(std::uint32_t step_id,
                                                          std::uint32_t index,
                                                          StepLaunch const& launch);

/// The rows of /gates of every row of the experiment that has steps: one per request and layer
/// where all KV heads of it agree, else one per KV head.
[[nodiscard]] std::vector<traces::GateRecord> gate_records(plan::Experiment const& experiment);

}  // namespace fluxscope::runs
