#include "kernels/attention/combine/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/combine/kernel.cuh"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "combine";

using CombineVariant = Variant<1, AttentionParams, bool>;  // of a head_dim

template <std::int32_t kHeadDim, ProbeLevel kProbe>
constexpr CombineVariant variant() {
  return {{kHeadDim}, kProbe, merge::combine_kernel<kHeadDim, kProbe>, merge::kCombineWarps * 32};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, kProbe>()..., variant<128, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

void check(AttentionParams const& params, bool decode) {
  check_heads(params.q_heads, params.kv_heads, params.head_dim, kWhere);
  require(!decode || params.q_heads / params.kv_heads <= kDecodeSlotRows, kWhere,
          "more than 16 query heads share a KV head (a decode slot has 16 rows) "
          "use a model with a smaller group");
  check_work(params.work.untyped(), kWhere);
  if (params.work.tile_count == 0) return;
  check_pointer(params.o, kWhere, "o");
  check_pointer(params.lse, kWhere, "lse");
  check_pointer(params.o_partial, kWhere, "o_partial");
  check_pointer(params.lse_partial, kWhere, "lse_partial");
  check_pointer(params.sequences, kWhere, "sequences");
}

}  // namespace

void launch_combine(AttentionParams const& params, bool decode, CombineTuning const& tuning,
                    cudaStream_t stream) {
  check(params, decode);
  if (params.work.tile_count == 0) return;
  enqueue(find_variant(kVariants, kWhere, {params.head_dim}, tuning.probe),
          {.grid_ctas = params.work.grid_ctas, .stream = stream, .early = tuning.early}, params,
          decode);
}

KernelFacts combine_facts(std::int32_t head_dim, bool, ProbeLevel probe) {
  check_heads(1, 1, head_dim, kWhere);
  return kernel_facts(find_variant(kVariants, kWhere, {head_dim}, probe), kWhere);
}

}  // namespace fluxscope::kernels
