#include "kernels/attention/prefill_mma/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/prefill_mma/kernel.cuh"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "prefill_mma";

using PrefillVariant = Variant<1, AttentionParams>;  // of a head_dim

template <std::int32_t kHeadDim, ProbeLevel kProbe>
constexpr PrefillVariant variant() {
  using Shape = mma::BuiltShape<kHeadDim>;
  return {{kHeadDim},
          kProbe,
          mma::prefill_mma_kernel<Shape, kProbe>,
          Shape::kThreads,
          Shape::kSmemBytes};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, kProbe>()..., variant<128, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

}  // namespace

void launch_prefill_mma(AttentionParams const& params, PrefillMmaTuning const& tuning,
                        cudaStream_t stream) {
  check_attention(params, kWhere);
  if (params.work.tile_count == 0) return;
  enqueue(find_variant(kVariants, kWhere, {params.head_dim}, tuning.probe),
          {.grid_ctas = params.work.grid_ctas, .stream = stream}, params);
}

KernelFacts prefill_mma_facts(std::int32_t head_dim, PrefillMmaTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  return kernel_facts(find_variant(kVariants, kWhere, {head_dim}, tuning.probe), kWhere);
}

}  // namespace fluxscope::kernels
