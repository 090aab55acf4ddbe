#pragma once
// The prefill kernels by their name in the plan.

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::kernels {

/// Enqueues only. Throws as the kernel's launcher does.
void launch_prefill(plan::PrefillKernel kernel, AttentionParams const& params, ProbeLevel probe,
                    cudaStream_t stream);

/// Occupancy and attributes on the current device. Throws InputError where it does not run.
[[nodiscard]] KernelFacts prefill_facts(plan::PrefillKernel kernel, std::int32_t head_dim,
                                        ProbeLevel probe);

}  // namespace fluxscope::kernels
