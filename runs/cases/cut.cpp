#include "runs/cases/cut.hpp"

#include <algorithm>

namespace fluxscope::runs {

plan::LayerPlan first_requests(plan::LayerPlan plan, std::int32_t batch) {
  plan.sequences.resize(static_cast<std::size_t>(batch));
  plan.selections.resize(plan.sequences.size() * static_cast<std::size_t>(plan.shape.q_heads));
  return plan;
}

plan::LayerPlan cut_contexts(plan::LayerPlan plan, std::int32_t kv_len) {
  for (plan::SequenceShape& sequence : plan.sequences) {
    sequence.kv_len = std::min(sequence.kv_len, kv_len);
    sequence.q_len = std::min(sequence.q_len, sequence.kv_len);
  }
  return plan;
}

std::int32_t largest(std::int32_t most, std::function<bool(std::int32_t)> const& holds) {
  std::int32_t good = 0;
  for (std::int32_t bad = most + 1; bad - good > 1;) {
    std::int32_t const middle = good + (bad - good) / 2;
    (holds(middle) ? good : bad) = middle;
  }
  return good;
}

}  // namespace fluxscope::runs
