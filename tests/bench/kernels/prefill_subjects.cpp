#include "tests/bench/kernels/prefill_subjects.hpp"

#include "kernels/attention/prefill_kernel.hpp"
#include "kernels/device/wgmma_gpu.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::bench {

PrefillSubject prefill_subject(plan::PrefillKernel kernel, std::int32_t head_dim) {
  return {plan::to_text(kernel), kernels::prefill_facts(kernel, head_dim, kernels::ProbeLevel::off),
          [=](kernels::AttentionParams const& params, kernels::ProbeLevel level,
              cudaStream_t stream) { kernels::launch_prefill(kernel, params, level, stream); },
          true};
}

std::vector<PrefillSubject> prefill_subjects(std::int32_t head_dim) {
  std::vector<PrefillSubject> all{prefill_subject(plan::PrefillKernel::prefill_mma, head_dim)};
  if (kernels::have_wgmma()) {
    all.push_back(prefill_subject(plan::PrefillKernel::prefill_wgmma, head_dim));
  }
  return all;
}

}  // namespace fluxscope::bench
