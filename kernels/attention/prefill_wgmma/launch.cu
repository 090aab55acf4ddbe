#include "kernels/attention/prefill_wgmma/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/prefill_wgmma/kernel.cuh"
#include "kernels/device/tensor_map.hpp"
#include "kernels/device/variant.hpp"
#include "kernels/device/wgmma_gpu.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "prefill_wgmma";

template <int kHeadDim>
inline constexpr int kStages = kHeadDim == 128 ? 2 : 4;

using PrefillVariant = Variant<1, AttentionParams, wgmma::PrefillMaps>;  // of a head_dim

template <std::int32_t kHeadDim, ProbeLevel kProbe>
constexpr PrefillVariant variant() {
  using Shape = wgmma::WgmmaShape<kHeadDim, kStages<kHeadDim>>;
  return {{kHeadDim},
          kProbe,
          wgmma::prefill_wgmma_kernel<Shape, kProbe>,
          Shape::kThreads,
          Shape::kSmemBytes};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, kProbe>()..., variant<128, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

wgmma::PrefillMaps make_maps(AttentionParams const& params) {
  bool const paged = params.kv.page_table != nullptr;
  RowMap const q{.base = params.q,
                 .row_stride = std::int64_t{params.q_heads} * params.head_dim,
                 .head_dim = params.head_dim,
                 .box_rows = plan::kBlockTokens};
  RowMap k{.base = params.kv.k,
           .row_stride = paged ? params.head_dim : params.kv.token_stride,
           .head_dim = params.head_dim,
           .box_rows = paged ? params.kv.page_tokens : plan::kBlockTokens};
  RowMap v = k;
  v.base = params.kv.v;
  RowMap o = q;
  o.base = params.o;
  return {encode(q), encode(k), encode(v), encode(o)};
}

}  // namespace

void launch_prefill_wgmma(AttentionParams const& params, PrefillWgmmaTuning const& tuning,
                          cudaStream_t stream) {
  check_attention(params, kWhere);
  if (params.work.tile_count == 0) return;
  require_wgmma(kWhere, "prefill_mma");
  enqueue(find_variant(kVariants, kWhere, {params.head_dim}, tuning.probe),
          {.grid_ctas = params.work.grid_ctas, .stream = stream}, params, make_maps(params));
}

KernelFacts prefill_wgmma_facts(std::int32_t head_dim, PrefillWgmmaTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  require_wgmma(kWhere, "prefill_mma");
  return kernel_facts(find_variant(kVariants, kWhere, {head_dim}, tuning.probe), kWhere);
}

}  // namespace fluxscope::kernels
