#include "profiler/prefill_kernel.hpp"

#include "base/error.hpp"
#include "kernels/prefill_mma.hpp"
#include "kernels/prefill_wgmma.hpp"

namespace fluxscope::profiler {

void launch_prefill(plan::PrefillKernel kernel, kernels::AttentionParams const& params,
                    kernels::ProbeLevel probe, cudaStream_t stream) {
  switch (kernel) {
    case plan::PrefillKernel::prefill_mma:
      return kernels::launch_prefill_mma(params, {.probe = probe}, stream);
    case plan::PrefillKernel::prefill_wgmma:
      return kernels::launch_prefill_wgmma(params, {.probe = probe}, stream);
  }
  throw ContractError("a prefill kernel without a launcher");
}

kernels::KernelFacts prefill_facts(plan::PrefillKernel kernel, std::int32_t head_dim,
                                   kernels::ProbeLevel probe) {
  switch (kernel) {
    case plan::PrefillKernel::prefill_mma:
      return kernels::prefill_mma_facts(head_dim, {.probe = probe});
    case plan::PrefillKernel::prefill_wgmma:
      return kernels::prefill_wgmma_facts(head_dim, {.probe = probe});
  }
  throw ContractError("a prefill kernel without facts");
}

}  // namespace fluxscope::profiler
