#include "tests/sim/random_layers.hpp"

#include <iterator>

#include "tests/sim/profiles.hpp"

namespace fluxscope::sim::testing {

using plan::Execution;
using plan::LayerPlan;
using plan::Phase;
using plan::Scheduler;

DeviceProfile random_profile(Random& random) {
  DeviceProfile profile = h200_like();
  profile.spec.sm_count = static_cast<std::int32_t>(4 + random.below(150));
  for (KernelProfile& kernel : profile.kernels) {
    for (CostField const& field : kCostFields) {
      kernel.cost.*field.member = static_cast<double>(random.below(2000));
    }
    kernel.cost.cta_dispatch_ns = static_cast<double>(random.below(4));
    kernel.cost.block_ns += 1;
    kernel.cost.shared_block_ns = static_cast<double>(random.below(40));
    kernel.ctas_per_sm = static_cast<std::int32_t>(1 + random.below(2));
  }
  return profile;
}

plan::Selection window() {
  return {.kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 512};
}

LayerPlan layer(Phase phase, std::vector<std::int32_t> const& kv_lens, std::int32_t kv_heads,
                std::int32_t full, Execution execution, Scheduler scheduler) {
  LayerPlan one{.phase = phase,
                .shape = {.q_heads = 2 * kv_heads, .kv_heads = kv_heads, .head_dim = 128},
                .execution = execution,
                .scheduler = scheduler};
  for (std::int32_t const kv_len : kv_lens) {
    one.sequences.push_back({phase == Phase::prefill ? kv_len : 1, kv_len});
    for (std::int32_t head = 0; head < 2 * kv_heads; ++head) {
      one.selections.push_back(head / 2 < full ? plan::Selection{} : window());
    }
  }
  return one;
}

LayerPlan random_layer(Random& random, Phase phase) {
  auto const kv_heads = static_cast<std::int32_t>(1 + random.below(8));
  std::vector<std::int32_t> kv_lens(1 + random.below(4));
  for (auto& kv_len : kv_lens) {
    kv_len = static_cast<std::int32_t>(1 + random.below(phase == Phase::prefill ? 5000 : 40000));
  }
  return layer(phase, kv_lens, kv_heads,
               static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(kv_heads) + 1)),
               kExecutions[random.below(std::size(kExecutions))],
               kSchedulers[random.below(std::size(kSchedulers))]);
}

}  // namespace fluxscope::sim::testing
