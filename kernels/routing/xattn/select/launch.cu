#include "kernels/routing/xattn/select/launch.hpp"

#include <string>

#include "base/error.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/block_lists.hpp"
#include "kernels/routing/xattn/check.hpp"
#include "kernels/routing/xattn/select/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "xattn_select";

struct Variant {
  void (*kernel)(XattnSelectParams);
  int rows_per_cta;
};

template <int kWarps, int kValues>
Variant variant_of(ProbeLevel probe) {
  using Shape = xattn::SelectShape<kWarps, kValues>;
  static_assert(Shape::kBlocks <= kMaxKvBlocks);
  return {probe == ProbeLevel::off ? xattn::xattn_select_kernel<Shape, ProbeLevel::off>
                                   : xattn::xattn_select_kernel<Shape, ProbeLevel::l0>,
          Shape::kTeams};
}

Variant pick(std::int32_t max_kv_blocks, ProbeLevel probe) {
  if (max_kv_blocks <= 256) return variant_of<1, 8>(probe);
  if (max_kv_blocks <= 512) return variant_of<1, 16>(probe);
  if (max_kv_blocks <= 1024) return variant_of<1, 32>(probe);
  return variant_of<8, 32>(probe);
}

void check(XattnSelectParams const& params) {
  check_kv_blocks(params.max_kv_blocks, kWhere);
  require(params.rows_count >= 0, kWhere, "rows_count is negative (a table has a size) pass it");
  if (!(params.threshold >= 0 && params.threshold <= 1)) {
    throw InputError(std::string(kWhere) + ": threshold is " + std::to_string(params.threshold) +
                     " (it is a share of a row's sum) use a number in [0, 1], the paper's is 0.9");
  }
  if (params.sink_blocks < 0 || params.recent_blocks < 1) {
    throw InputError(std::string(kWhere) + ": sink_blocks is " +
                     std::to_string(params.sink_blocks) + ", recent_blocks " +
                     std::to_string(params.recent_blocks) +
                     " (a query sees at least its own position) use >= 0 and >= 1");
  }
  if (params.rows_count == 0) return;
  check_pointer(params.block_scores, kWhere, "block_scores");
  check_pointer(params.row_begin, kWhere, "row_begin");
  check_pointer(params.rows, kWhere, "rows");
  check_pointer(params.row_count, kWhere, "row_count");
  check_pointer(params.columns, kWhere, "columns");
}

}  // namespace

void launch_xattn_select(XattnSelectParams const& params, XattnSelectTuning const& tuning,
                         cudaStream_t stream) {
  check(params);
  if (params.rows_count == 0) return;
  Variant const variant = pick(params.max_kv_blocks, tuning.probe);
  int const ctas = (params.rows_count + variant.rows_per_cta - 1) / variant.rows_per_cta;
  void* arguments[] = {const_cast<XattnSelectParams*>(&params)};
  FLUXSCOPE_CUDA_CHECK(cudaLaunchKernel(reinterpret_cast<void const*>(variant.kernel),
                                        dim3(static_cast<unsigned>(ctas)),
                                        dim3(xattn::kSelectWarps * 32), arguments, 0, stream));
}

KernelFacts xattn_select_facts(std::int32_t max_kv_blocks, XattnSelectTuning const& tuning) {
  check_kv_blocks(max_kv_blocks, kWhere);
  Variant const variant = pick(max_kv_blocks, tuning.probe);
  return kernel_facts(reinterpret_cast<void const*>(variant.kernel), kWhere,
                      xattn::kSelectWarps * 32, 0);
}

}  // namespace fluxscope::kernels
