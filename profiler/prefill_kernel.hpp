#pragma once
// The prefill kernels by their name in the plan.

#include <cuda_runtime_api.h>

#include "kernels/attention_params.hpp"
#include "plan/work_list.hpp"

namespace fluxscope::profiler {

/// Enqueues only. Throws as the kernel's launcher does.
void launch_prefill(plan::PrefillKernel kernel, kernels::AttentionParams const& params,
                    kernels::ProbeLevel probe, cudaStream_t stream);

/// Occupancy and attributes on the current device. Throws InputError where it does not run.
[[nodiscard]] kernels::KernelFacts prefill_facts(plan::PrefillKernel kernel, std::int32_t head_dim,
                                                 kernels::ProbeLevel probe);

}  // namespace fluxscope::profiler
