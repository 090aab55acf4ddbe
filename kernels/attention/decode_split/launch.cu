#include "kernels/attention/decode_split/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/decode_split/kernel.cuh"
#include "kernels/device/variant.hpp"

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

using DecodeVariant = Variant<1, AttentionParams>;  // of a head_dim

template <std::int32_t kHeadDim, ProbeLevel kProbe>
constexpr DecodeVariant variant() {
  constexpr int stages = kStages<kHeadDim>;
  return {{kHeadDim},
          kProbe,
          decode::decode_split_kernel<kHeadDim, stages, kWarps, kCtasPerSm, kProbe>,
          kWarps * 32,
          decode::DecodeShape<kHeadDim, stages, kWarps>::kSmemBytes};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, kProbe>()..., variant<128, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

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
  enqueue(find_variant(kVariants, kWhere, {params.head_dim}, tuning.probe),
          {.grid_ctas = params.work.grid_ctas, .stream = stream, .early = tuning.early}, params);
}

KernelFacts decode_split_facts(std::int32_t head_dim, DecodeSplitTuning const& tuning) {
  check_heads(1, 1, head_dim, kWhere);
  return kernel_facts(find_variant(kVariants, kWhere, {head_dim}, tuning.probe), kWhere);
}

}  // namespace fluxscope::kernels
