#include "kernels/attention/combine/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/combine/kernel.cuh"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "combine";
using CombineKernel = void (*)(AttentionParams, bool);

CombineKernel pick(std::int32_t head_dim, ProbeLevel probe) {
  if (probe == ProbeLevel::off) {
    return head_dim == 64 ? merge::combine_kernel<64, ProbeLevel::off>
                          : merge::combine_kernel<128, ProbeLevel::off>;
  }
  return head_dim == 64 ? merge::combine_kernel<64, ProbeLevel::l0>
                        : merge::combine_kernel<128, ProbeLevel::l0>;
}

void check(AttentionParams const& params, bool decode) {
  check_heads(params.q_heads, params.kv_heads, params.head_dim, kWhere);
  require(!decode || params.q_heads / params.kv_heads <= kDecodeSlotRows, kWhere,
          "more than 16 query heads share a KV head (a decode slot has 16 rows) "
          "use a model with a smaller group");
  check_work(params.work, kWhere);
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
  auto const launch = tuning.early ? launch_tiles_early<AttentionParams, bool>
                                   : launch_tiles<AttentionParams, bool>;
  launch(pick(params.head_dim, tuning.probe), params.work, merge::kCombineWarps * 32, 0, stream,
         params, decode);
}

KernelFacts combine_facts(std::int32_t head_dim, bool, ProbeLevel probe) {
  check_heads(1, 1, head_dim, kWhere);
  return kernel_facts(reinterpret_cast<void const*>(pick(head_dim, probe)), kWhere,
                      merge::kCombineWarps * 32, 0);
}

}  // namespace fluxscope::kernels
