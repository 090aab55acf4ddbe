#include "kernels/routing/xattn/score/launch.hpp"

#include <cmath>

#include "kernels/attention/check.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/xattn/check.hpp"
#include "kernels/routing/xattn/score/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "xattn_score";

struct Variant {
  void (*kernel)(XattnScoreParams);
  int threads;
  int smem_bytes;
};

template <int kHeadDim, int kStride>
Variant variant_of(ProbeLevel probe) {
  using Shape = xattn::MmaShape<kHeadDim, kStride>;
  return {probe == ProbeLevel::off ? xattn::xattn_score_kernel<Shape, ProbeLevel::off>
                                   : xattn::xattn_score_kernel<Shape, ProbeLevel::l0>,
          Shape::kThreads, Shape::kSmemBytes};
}

Variant pick(std::int32_t head_dim, std::int32_t stride, ProbeLevel probe) {
  if (head_dim == 64) return stride == 8 ? variant_of<64, 8>(probe) : variant_of<64, 16>(probe);
  return stride == 8 ? variant_of<128, 8>(probe) : variant_of<128, 16>(probe);
}

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
  check_work(params.work, where);
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
  Variant const variant = pick(params.head_dim, params.stride, tuning.probe);
  launch_tiles(variant.kernel, params.work, variant.threads, variant.smem_bytes, stream, params);
}

KernelFacts xattn_score_facts(std::int32_t head_dim, std::int32_t stride,
                              XattnTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  check_stride(stride, kWhere);
  Variant const variant = pick(head_dim, stride, tuning.probe);
  return kernel_facts(reinterpret_cast<void const*>(variant.kernel), kWhere, variant.threads,
                      variant.smem_bytes);
}

}  // namespace fluxscope::kernels
