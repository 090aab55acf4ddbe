#include "sim/replay/step_sum.hpp"

#include "base/speedup.hpp"
#include "plan/op/catalog.hpp"

namespace fluxscope::sim {

void StepSum::add(StepSum const& more, double times) {
  attention_ns += times * more.attention_ns;
  level_ns += times * more.level_ns;
  merges_ns += times * more.merges_ns;
  selection_ns += times * more.selection_ns;
  other_ns += times * more.other_ns;
  launches_ns += times * more.launches_ns;
  selected_blocks += times * more.selected_blocks;
  full_blocks += times * more.full_blocks;
}

void Replayed::add(Replayed const& more, double times) {
  time.time_ns += times * more.time.time_ns;
  time.low_ns += times * more.time.low_ns;
  time.high_ns += times * more.time.high_ns;
  time.standing = worse(time.standing, more.time.standing);
  sum.add(more.sum, times);
}

traces::ReplayTimes parts_of(StepSum const& own, StepSum const& full) {
  using enum traces::ReplayPart;
  traces::ReplayTimes parts{};
  auto const at = [&](traces::ReplayPart part) -> double& {
    return parts[static_cast<std::size_t>(part)];
  };
  double const share = own.full_blocks > 0 ? own.selected_blocks / own.full_blocks : 1;
  at(ideal) = full.attention_ns * share;
  at(rate) = own.level_ns - at(ideal);
  at(tail) = own.attention_ns - own.level_ns;
  at(splits) = own.merges_ns;
  at(selection) = own.selection_ns;
  at(launches) = own.launches_ns;
  at(not_attention) = own.other_ns;
  return parts;
}

void add_launch(plan::LaunchOp op, double time_ns, StepSum& sum) {
  plan::CountedAs const counted = plan::op_row(op).counted_as;
  if (counted == plan::CountedAs::attention) {
    sum.attention_ns += time_ns;
  } else if (op == plan::LaunchOp::combine) {
    sum.merges_ns += time_ns;
  } else if (counted == plan::CountedAs::selection || op == plan::LaunchOp::plan_gpu) {
    sum.selection_ns += time_ns;
  } else {
    sum.other_ns += time_ns;
  }
}

}  // namespace fluxscope::sim
