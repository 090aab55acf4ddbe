#pragma once
// Layers and device profiles drawn at random, for relations that hold for all of them.

#include <vector>

#include "base/random.hpp"
#include "plan/layer/layer_plan.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim::testing {

inline constexpr plan::Scheduler kSchedulers[] = {
    plan::Scheduler::natural, plan::Scheduler::longest_first, plan::Scheduler::persistent,
    plan::Scheduler::balanced_split};
inline constexpr plan::Execution kExecutions[] = {plan::Execution::masked, plan::Execution::gather,
                                                  plan::Execution::two_pool, plan::Execution::fused,
                                                  plan::Execution::balanced};

/// Costs are whole numbers of ns, so that ten times the cost is ten times the picoseconds.
[[nodiscard]] DeviceProfile random_profile(Random& random);

/// A sink of 128 tokens and a window of 512.
[[nodiscard]] plan::Selection window();

/// Requests of `kv_lens`; `full` of the KV heads are full, the others read window(). Two query
/// heads per KV head, head_dim 128.
[[nodiscard]] plan::LayerPlan layer(plan::Phase phase, std::vector<std::int32_t> const& kv_lens,
                                    std::int32_t kv_heads, std::int32_t full,
                                    plan::Execution execution, plan::Scheduler scheduler);

[[nodiscard]] plan::LayerPlan random_layer(Random& random, plan::Phase phase);

}  // namespace fluxscope::sim::testing
