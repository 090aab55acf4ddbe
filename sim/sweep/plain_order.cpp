#include "sim/sweep/plain_order.hpp"

#include <algorithm>

#include "plan/layer/schedule.hpp"

namespace fluxscope::sim {

bool head_places_do_not_matter(plan::LayerPlan const& plan) {
  using plan::Execution;
  if (plan.execution == Execution::masked) return true;
  bool const pools = plan.execution == Execution::two_pool || plan.execution == Execution::gather;
  bool const by_section =
      plan.phase == plan::Phase::prefill && plan::orders_by_section(plan.scheduler);
  return pools && !by_section;
}

plan::LayerPlan in_plain_order(plan::LayerPlan plan) {
  if (!head_places_do_not_matter(plan)) return plan;
  auto const heads = static_cast<std::ptrdiff_t>(plan.shape.q_heads);
  for (auto begin = plan.selections.begin(); begin != plan.selections.end(); begin += heads) {
    // Query heads of one KV head read alike: they move together.
    std::stable_partition(begin, begin + heads, [](plan::Selection const& one) {
      return one.kind == plan::SelectionKind::full;
    });
  }
  return plan;
}

}  // namespace fluxscope::sim
