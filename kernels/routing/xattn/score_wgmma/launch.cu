#include "kernels/routing/xattn/score_wgmma/launch.hpp"

#include <string>

#include "base/error.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/attention/prefill_wgmma/launch.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/tensor_map.hpp"
#include "kernels/routing/xattn/check.hpp"
#include "kernels/routing/xattn/score_wgmma/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "xattn_score_wgmma";

struct Variant {
  void (*kernel)(XattnScoreParams, xattn::ScoreMaps);
  int threads;
  int smem_bytes;
};

template <int kHeadDim, int kStride>
Variant variant_of(ProbeLevel probe) {
  using Shape = xattn::WgmmaScoreShape<kHeadDim, kStride>;
  return {probe == ProbeLevel::off ? xattn::xattn_score_wgmma_kernel<Shape, ProbeLevel::off>
                                   : xattn::xattn_score_wgmma_kernel<Shape, ProbeLevel::l0>,
          Shape::kThreads, Shape::kSmemBytes};
}

Variant pick(std::int32_t head_dim, std::int32_t stride, ProbeLevel probe) {
  if (head_dim == 64) return stride == 8 ? variant_of<64, 8>(probe) : variant_of<64, 16>(probe);
  return stride == 8 ? variant_of<128, 8>(probe) : variant_of<128, 16>(probe);
}

void check_gpu() {
  if (have_prefill_wgmma()) return;
  throw InputError(std::string(kWhere) +
                   ": the GPU is not of compute capability 9.0 (the kernel is code for H100 and "
                   "H200 alone) use xattn_score");
}

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
  check_gpu();
  Variant const variant = pick(params.head_dim, params.stride, tuning.probe);
  launch_tiles(variant.kernel, params.work, variant.threads, variant.smem_bytes, stream, params,
               make_maps(params));
}

KernelFacts xattn_score_wgmma_facts(std::int32_t head_dim, std::int32_t stride,
                                    XattnTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  check_stride(stride, kWhere);
  check_gpu();
  Variant const variant = pick(head_dim, stride, tuning.probe);
  return kernel_facts(reinterpret_cast<void const*>(variant.kernel), kWhere, variant.threads,
                      variant.smem_bytes);
}

}  // namespace fluxscope::kernels
