#include "kernels/routing/xattn/score_wgmma/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/device/tensor_map.hpp"
#include "kernels/device/variant.hpp"
#include "kernels/device/wgmma_gpu.hpp"
#include "kernels/routing/xattn/check.hpp"
#include "kernels/routing/xattn/score_wgmma/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "xattn_score_wgmma";

using ScoreVariant = Variant<2, XattnScoreParams, xattn::ScoreMaps>;  // of a head_dim and a stride

template <std::int32_t kHeadDim, std::int32_t kStride, ProbeLevel kProbe>
constexpr ScoreVariant variant() {
  using Shape = xattn::WgmmaScoreShape<kHeadDim, kStride>;
  return {{kHeadDim, kStride},
          kProbe,
          xattn::xattn_score_wgmma_kernel<Shape, kProbe>,
          Shape::kThreads,
          Shape::kSmemBytes};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, 8, kProbe>()..., variant<64, 16, kProbe>()...,
                    variant<128, 8, kProbe>()..., variant<128, 16, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

xattn::ScoreMaps make_maps(XattnScoreParams const& params) {
  RowMap const q{.base = params.q,
                 .row_stride = std::int64_t{params.stride} * params.q_heads * params.head_dim,
                 .head_dim = params.head_dim,
                 .box_rows = 64};
  RowMap const k{.base = params.kv.k,
                 .row_stride = params.stride * params.kv.token_stride,
                 .head_dim = params.head_dim,
                 .box_rows = 64};
  return {encode(q), encode(k)};
}

}  // namespace

void launch_xattn_score_wgmma(XattnScoreParams const& params, XattnTuning const& tuning,
                              cudaStream_t stream) {
  check_xattn_score(params, kWhere);
  if (params.work.tile_count == 0) return;
  require_wgmma(kWhere, "xattn_score");
  enqueue(find_variant(kVariants, kWhere, {params.head_dim, params.stride}, tuning.probe),
          {.grid_ctas = params.work.grid_ctas, .stream = stream}, params, make_maps(params));
}

KernelFacts xattn_score_wgmma_facts(std::int32_t head_dim, std::int32_t stride,
                                    XattnTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  check_stride(stride, kWhere);
  require_wgmma(kWhere, "xattn_score");
  return kernel_facts(find_variant(kVariants, kWhere, {head_dim, stride}, tuning.probe), kWhere);
}

}  // namespace fluxscope::kernels
