#include "kernels/routing/xattn/score/launch.hpp"

#include <cmath>

#include "kernels/attention/check.hpp"
#include "kernels/device/variant.hpp"
#include "kernels/routing/xattn/check.hpp"
#include "kernels/routing/xattn/score/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "xattn_score";

using ScoreVariant = Variant<2, XattnScoreParams>;  // of a head_dim and a stride

template <std::int32_t kHeadDim, std::int32_t kStride, ProbeLevel kProbe>
constexpr ScoreVariant variant() {
  using Shape = xattn::MmaShape<kHeadDim, kStride>;
  return {{kHeadDim, kStride},
          kProbe,
          xattn::xattn_score_kernel<Shape, kProbe>,
          Shape::kThreads,
          Shape::kSmemBytes};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, 8, kProbe>()..., variant<64, 16, kProbe>()...,
                    variant<128, 8, kProbe>()..., variant<128, 16, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

}  // namespace

std::size_t xattn_workspace_bytes(std::int32_t grid_ctas, std::int32_t max_kv_blocks) {
  check_kv_blocks(max_kv_blocks, kWhere);
  require(grid_ctas >= 0, kWhere, "grid_ctas is negative (a grid has a size) pass the plan's grid");
  return static_cast<std::size_t>(grid_ctas) * sizeof(float) *
         static_cast<std::size_t>(xattn::workspace_floats(max_kv_blocks));
}

void check_xattn_score(XattnScoreParams const& params, char const* where) {
  check_heads(params.q_heads, params.kv_heads, params.head_dim, where);
  check_stride(params.stride, where);
  check_kv_blocks(params.max_kv_blocks, where);
  require(std::isfinite(params.softmax_scale) && params.softmax_scale > 0, where,
          "softmax_scale is not positive and finite (it multiplies every score) "
          "use 1 / sqrt(head_dim)");
  check_work(params.work.untyped(), where);
  if (params.work.tile_count == 0) return;
  require(params.kv.page_table == nullptr, where,
          "kv is paged (a key group is read as one row of memory) use contiguous K");
  KvParams keys = params.kv;
  keys.v = keys.k;  // V is not read
  check_kv(keys, where);
  check_pointer(params.q, where, "q");
  check_pointer(params.sequences, where, "sequences");
  check_pointer(params.row_begin, where, "row_begin");
  check_pointer(params.block_scores, where, "block_scores");
  check_pointer(params.workspace, where, "workspace");
}

void launch_xattn_score(XattnScoreParams const& params, XattnTuning const& tuning,
                        cudaStream_t stream) {
  check_xattn_score(params, kWhere);
  if (params.work.tile_count == 0) return;
  enqueue(find_variant(kVariants, kWhere, {params.head_dim, params.stride}, tuning.probe),
          {.grid_ctas = params.work.grid_ctas, .stream = stream}, params);
}

KernelFacts xattn_score_facts(std::int32_t head_dim, std::int32_t stride,
                              XattnTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  check_stride(stride, kWhere);
  return kernel_facts(find_variant(kVariants, kWhere, {head_dim, stride}, tuning.probe), kWhere);
}

}  // namespace fluxscope::kernels
