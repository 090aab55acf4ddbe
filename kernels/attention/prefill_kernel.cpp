#include "kernels/attention/prefill_kernel.hpp"

#include "base/error.hpp"
#include "kernels/attention/prefill_mma/launch.hpp"
#include "kernels/attention/prefill_wgmma/launch.hpp"

namespace fluxscope::kernels {

void launch_prefill(plan::PrefillKernel kernel, AttentionParams const& params, ProbeLevel probe,
                    cudaStream_t stream) {
  switch (kernel) {
    case plan::PrefillKernel::prefill_mma:
      return launch_prefill_mma(params, {.probe = probe}, stream);
    case plan::PrefillKernel::prefill_wgmma:
      return launch_prefill_wgmma(params, {.probe = probe}, stream);
  }
  throw ContractError("a prefill kernel without a launcher");
}

KernelFacts prefill_facts(plan::PrefillKernel kernel, std::int32_t head_dim, ProbeLevel probe) {
  switch (kernel) {
    case plan::PrefillKernel::prefill_mma:
      return prefill_mma_facts(head_dim, {.probe = probe});
    case plan::PrefillKernel::prefill_wgmma:
      return prefill_wgmma_facts(head_dim, {.probe = probe});
  }
  throw ContractError("a prefill kernel without facts");
}

}  // namespace fluxscope::kernels
