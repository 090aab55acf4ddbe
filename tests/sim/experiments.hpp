#pragma once
// Small experiments without files.

#include "plan/experiment/experiment.hpp"

namespace fluxscope::sim::testing {

/// A decode layer: 32 query and 8 KV heads of 128, the first `full_heads` KV heads full, the others
/// streaming (128 sink, 2048 local tokens).
[[nodiscard]] plan::Case layer_case(plan::Phase phase, std::int32_t batch, std::int32_t kv_len,
                                    std::int32_t full_heads, plan::Execution execution,
                                    plan::Scheduler scheduler);

/// Prefill at 1K, 2.5K, 4K and decode at 8K, 32K, 128K for batches 1 and 4, with 5 and 2 full
/// heads, fused, balanced, two_pool and gather, natural and persistent: few cases that tell the
/// costs of a kernel apart.
[[nodiscard]] plan::Experiment grid_experiment();

}  // namespace fluxscope::sim::testing
