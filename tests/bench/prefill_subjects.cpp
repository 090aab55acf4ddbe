#include "tests/bench/prefill_subjects.hpp"

#include "kernels/prefill_mma.hpp"
#include "kernels/prefill_wgmma.hpp"

namespace fluxscope::bench {

PrefillSubject prefill_mma_subject(std::int32_t head_dim) {
  return {
      "prefill_mma", kernels::prefill_mma_facts(head_dim, {}),
      [](kernels::AttentionParams const& params, kernels::ProbeLevel level, cudaStream_t stream) {
        kernels::launch_prefill_mma(params, {.probe = level}, stream);
      },
      true};
}

PrefillSubject prefill_wgmma_subject(std::int32_t head_dim) {
  return {
      "prefill_wgmma", kernels::prefill_wgmma_facts(head_dim, {}),
      [](kernels::AttentionParams const& params, kernels::ProbeLevel level, cudaStream_t stream) {
        kernels::launch_prefill_wgmma(params, {.probe = level}, stream);
      },
      true};
}

std::vector<PrefillSubject> prefill_subjects(std::int32_t head_dim) {
  std::vector<PrefillSubject> all{prefill_mma_subject(head_dim)};
  if (kernels::have_prefill_wgmma()) all.push_back(prefill_wgmma_subject(head_dim));
  return all;
}

}  // namespace fluxscope::bench
