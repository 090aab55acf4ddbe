#include "kernels/routing/xattn/select/launch.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/error.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/device/variant.hpp"
#include "kernels/routing/block_lists.hpp"
#include "kernels/routing/xattn/check.hpp"
#include "kernels/routing/xattn/select/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "xattn_select";

using SelectVariant = Variant<2, XattnSelectParams>;  // of the blocks of a row, rows of a CTA

template <int kWarps, int kValues, ProbeLevel kProbe>
constexpr SelectVariant variant() {
  using Shape = xattn::SelectShape<kWarps, kValues>;
  static_assert(Shape::kBlocks <= kMaxKvBlocks);
  return {{Shape::kBlocks, Shape::kTeams},
          kProbe,
          xattn::xattn_select_kernel<Shape, kProbe>,
          xattn::kSelectWarps * 32};
}

// Fewest blocks first.
template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<1, 8, kProbe>()..., variant<1, 16, kProbe>()...,
                    variant<1, 32, kProbe>()..., variant<8, 32, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

/// The smallest that holds `max_kv_blocks`.
SelectVariant const& pick(std::int32_t max_kv_blocks, ProbeLevel probe) {
  auto const* const fits =
      std::find_if(std::begin(kVariants), std::end(kVariants),
                   [&](SelectVariant const& one) { return max_kv_blocks <= one.shape[0]; });
  expects(fits != std::end(kVariants), "check_kv_blocks() has passed");
  return find_variant(kVariants, kWhere, fits->shape, probe);
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
  SelectVariant const& variant = pick(params.max_kv_blocks, tuning.probe);
  std::int32_t const rows_per_cta = variant.shape[1];
  enqueue(variant,
          {.grid_ctas = (params.rows_count + rows_per_cta - 1) / rows_per_cta, .stream = stream},
          params);
}

KernelFacts xattn_select_facts(std::int32_t max_kv_blocks, XattnSelectTuning const& tuning) {
  check_kv_blocks(max_kv_blocks, kWhere);
  return kernel_facts(pick(max_kv_blocks, tuning.probe), kWhere);
}

}  // namespace fluxscope::kernels
