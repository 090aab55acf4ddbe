#pragma once
// The prefill kernels as benchmarks time them.

#include <vector>

#include "tests/bench/kernels/prefill.hpp"

namespace fluxscope::bench {

/// Throws InputError where the GPU does not run the kernel.
[[nodiscard]] PrefillSubject prefill_subject(plan::PrefillKernel kernel, std::int32_t head_dim);

/// Those that this GPU runs.
[[nodiscard]] std::vector<PrefillSubject> prefill_subjects(std::int32_t head_dim);

}  // namespace fluxscope::bench
