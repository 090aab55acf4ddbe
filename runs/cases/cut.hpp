#pragma once
// Smaller versions of a plan: what would fit where the plan itself does not.

#include <cstdint>
#include <functional>

#include "plan/layer/layer_plan.hpp"

namespace fluxscope::runs {

/// The plan with its first `batch` requests only.
[[nodiscard]] plan::LayerPlan first_requests(plan::LayerPlan plan, std::int32_t batch);

/// The plan with contexts, and queries with them, cut to `kv_len` tokens.
[[nodiscard]] plan::LayerPlan cut_contexts(plan::LayerPlan plan, std::int32_t kv_len);

/// Largest count in [1, most] that `holds`, by bisection; 0 where 1 does not. `holds` is true up to
/// some count and false from there on.
[[nodiscard]] std::int32_t largest(std::int32_t most,
                                   std::function<bool(std::int32_t)> const& holds);

}  // namespace fluxscope::runs
