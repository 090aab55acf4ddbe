#include "runs/step/launches.hpp"

#include "base/error.hpp"

namespace fluxscope::runs {

std::vector<plan::LaunchOp> launch_ops(plan::LayerWork const& work) {
  std::vector<plan::LaunchOp> ops;
  for (plan::WorkList const& list : work.launches) ops.push_back(list.op);
  return ops;
}

std::vector<StepLaunch> step_launches(plan::Model const& model, plan::Step const& step,
                                      std::span<std::vector<plan::LaunchOp> const> case_ops) {
  std::vector<StepLaunch> launches;
  for (plan::StepOp const& op : plan::make_step(model, step.shape)) {
    if (plan::op_row(op.op).counted_as != plan::CountedAs::attention) {
      launches.push_back({.op = op});
      continue;
    }
    std::uint32_t const case_id = step.layer_cases.at(static_cast<std::size_t>(op.layer));
    expects(case_id < case_ops.size(), "a step's layers are cases of its experiment");
    for (std::uint32_t i = 0; i < case_ops[case_id].size(); ++i) {
      launches.push_back({.op = op, .case_id = case_id, .case_launch = i});
      launches.back().op.op = case_ops[case_id][i];
    }
  }
  return launches;
}

}  // namespace fluxscope::runs
