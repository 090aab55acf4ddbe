#pragma once
// A step as the launches that a GPU gets, in stream order.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"
#include "traces/record/missing.hpp"

namespace fluxscope::runs {

struct StepLaunch {
  plan::StepOp op;  ///< its `op` is the launch's own: of attention also gather_kv and combine
  std::uint32_t case_id = traces::kNoRow;  ///< attention, its copies and merges: the layer's case
  std::uint32_t case_launch = 0;           ///< of these: index into the case's LayerWork::launches
};

/// What each launch of a layer does: of case i in the place i of step_launches()'s `case_ops`.
[[nodiscard]] std::vector<plan::LaunchOp> launch_ops(plan::LayerWork const& work);

/// make_step(model, step.shape) with every attention operation replaced by the launches of its
/// layer's case. `model` is the whole one; `case_ops`: [cases of the experiment].
[[nodiscard]] std::vector<StepLaunch> step_launches(
    plan::Model const& model, plan::Step const& step,
    std::span<std::vector<plan::LaunchOp> const> case_ops);

}  // namespace fluxscope::runs
