#include "kernels/attention/prefill_wgmma/launch.hpp"

#include <string>

#include "base/cuda/check.hpp"
#include "base/error.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/attention/prefill_wgmma/kernel.cuh"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/tensor_map.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "prefill_wgmma";

template <int kHeadDim>
inline constexpr int kStages = kHeadDim == 128 ? 2 : 4;

struct Variant {
  void (*kernel)(AttentionParams, wgmma::PrefillMaps);
  int threads;
  int smem_bytes;
};

template <int kHeadDim>
Variant variant_of(ProbeLevel probe) {
  using Shape = wgmma::WgmmaShape<kHeadDim, kStages<kHeadDim>>;
  return {probe == ProbeLevel::off ? wgmma::prefill_wgmma_kernel<Shape, ProbeLevel::off>
                                   : wgmma::prefill_wgmma_kernel<Shape, ProbeLevel::l0>,
          Shape::kThreads, Shape::kSmemBytes};
}

Variant pick(std::int32_t head_dim, ProbeLevel probe) {
  return head_dim == 64 ? variant_of<64>(probe) : variant_of<128>(probe);
}

int current_device() {
  int device = 0;
  FLUXSCOPE_CUDA_CHECK(cudaGetDevice(&device));
  return device;
}

void check_gpu() {
  if (have_prefill_wgmma()) return;
  cudaDeviceProp properties{};
  FLUXSCOPE_CUDA_CHECK(cudaGetDeviceProperties(&properties, current_device()));
  throw InputError(std::string(kWhere) + ": the GPU is " + properties.name +
                   ", compute capability " + std::to_string(properties.major) + "." +
                   std::to_string(properties.minor) +
                   " (the kernel is code for 9.0, H100 and H200, alone) use prefill_mma");
}

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

bool have_prefill_wgmma() {
  int major = 0;
  int minor = 0;
  int const device = current_device();
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device));
  return major == 9 && minor == 0;
}

void launch_prefill_wgmma(AttentionParams const& params, PrefillWgmmaTuning const& tuning,
                          cudaStream_t stream) {
  check_attention(params, kWhere);
  if (params.work.tile_count == 0) return;
  check_gpu();
  Variant const variant = pick(params.head_dim, tuning.probe);
  launch_tiles(variant.kernel, params.work, variant.threads, variant.smem_bytes, stream, params,
               make_maps(params));
}

KernelFacts prefill_wgmma_facts(std::int32_t head_dim, PrefillWgmmaTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  check_gpu();
  Variant const variant = pick(head_dim, tuning.probe);
  return kernel_facts(reinterpret_cast<void const*>(variant.kernel), kWhere, variant.threads,
                      variant.smem_bytes);
}

}  // namespace fluxscope::kernels
