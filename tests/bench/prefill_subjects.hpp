#pragma once
// The prefill kernels as benchmarks time them.

#include <vector>

#include "tests/bench/prefill_bench.hpp"

namespace fluxscope::bench {

[[nodiscard]] PrefillSubject prefill_mma_subject(std::int32_t head_dim);

/// Throws InputError where the GPU has no wgmma.
[[nodiscard]] PrefillSubject prefill_wgmma_subject(std::int32_t head_dim);

/// Those that this GPU runs.
[[nodiscard]] std::vector<PrefillSubject> prefill_subjects(std::int32_t head_dim);

}  // namespace fluxscope::bench
