#include "kernels/attention/decode_split/launch.hpp"

#include "base/cuda/check.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/attention/decode_split/kernel.cuh"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "decode_split";
// One CTA of 8 warps per SM moved as many bytes as two of 4 or three of 4 with smaller rings, needs
// fewer splits to fill the GPU and so merges less (docs/measurements/decode_split.md).
constexpr int kWarps = 8;
constexpr int kCtasPerSm = 1;

/// 128 KB of ring per CTA for either head_dim; an A100 has 163 KB.
template <int kHeadDim>
inline constexpr int kStages = kHeadDim == 128 ? 2 : 4;

struct Variant {
  void (*kernel)(AttentionParams);
  int smem_bytes;
};

template <int kHeadDim>
Variant variant_of(ProbeLevel probe) {
  constexpr int stages = kStages<kHeadDim>;
  return {probe == ProbeLevel::off
              ? decode::decode_split_kernel<kHeadDim, stages, kWarps, kCtasPerSm, ProbeLevel::off>
              : decode::decode_split_kernel<kHeadDim, stages, kWarps, kCtasPerSm, ProbeLevel::l0>,
          decode::DecodeShape<kHeadDim, stages, kWarps>::kSmemBytes};
}

Variant pick(std::int32_t head_dim, ProbeLevel probe) {
  return head_dim == 64 ? variant_of<64>(probe) : variant_of<128>(probe);
}

void check(AttentionParams const& params) {
  check_attention(params, kWhere);
  require(params.q_heads / params.kv_heads <= kDecodeSlotRows, kWhere,
          "more than 16 query heads share a KV head (they are one 16-row tile) "
          "use a model with a smaller group");
}

}  // namespace

void launch_decode_split(AttentionParams const& params, DecodeSplitTuning const& tuning,
                         cudaStream_t stream) {
  check(params);
  if (params.work.tile_count == 0) return;
  Variant const variant = pick(params.head_dim, tuning.probe);
  auto const launch =
      tuning.early ? launch_tiles_early<AttentionParams> : launch_tiles<AttentionParams>;
  launch(variant.kernel, params.work, kWarps * 32, variant.smem_bytes, stream, params);
}

KernelFacts decode_split_facts(std::int32_t head_dim, DecodeSplitTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  Variant const variant = pick(head_dim, tuning.probe);
  return kernel_facts(reinterpret_cast<void const*>(variant.kernel), kWhere, kWarps * 32,
                      variant.smem_bytes);
}

}  // namespace fluxscope::kernels
