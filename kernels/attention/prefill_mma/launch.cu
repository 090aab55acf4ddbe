#include "kernels/attention/prefill_mma/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/prefill_mma/kernel.cuh"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "prefill_mma";

struct Variant {
  void (*kernel)(AttentionParams);
  int threads;
  int smem_bytes;
};

template <int kHeadDim>
Variant variant_of(ProbeLevel probe) {
  using Shape = mma::BuiltShape<kHeadDim>;
  return {probe == ProbeLevel::off ? mma::prefill_mma_kernel<Shape, ProbeLevel::off>
                                   : mma::prefill_mma_kernel<Shape, ProbeLevel::l0>,
          Shape::kThreads, Shape::kSmemBytes};
}

Variant pick(std::int32_t head_dim, ProbeLevel probe) {
  return head_dim == 64 ? variant_of<64>(probe) : variant_of<128>(probe);
}

}  // namespace

void launch_prefill_mma(AttentionParams const& params, PrefillMmaTuning const& tuning,
                        cudaStream_t stream) {
  check_attention(params, kWhere);
  if (params.work.tile_count == 0) return;
  Variant const variant = pick(params.head_dim, tuning.probe);
  launch_tiles(variant.kernel, params.work, variant.threads, variant.smem_bytes, stream, params);
}

KernelFacts prefill_mma_facts(std::int32_t head_dim, PrefillMmaTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  Variant const variant = pick(head_dim, tuning.probe);
  return kernel_facts(reinterpret_cast<void const*>(variant.kernel), kWhere, variant.threads,
                      variant.smem_bytes);
}

}  // namespace fluxscope::kernels
