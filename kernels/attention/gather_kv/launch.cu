#include "kernels/attention/gather_kv/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/gather_kv/kernel.cuh"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "gather_kv";
using GatherVariant = Variant<1, GatherKvParams>;  // of a head_dim

template <std::int32_t kHeadDim, ProbeLevel kProbe>
constexpr GatherVariant variant() {
  return {{kHeadDim}, kProbe, gather::gather_kv_kernel<kHeadDim, kProbe>, gather::kThreads};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, kProbe>()..., variant<128, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

void check(GatherKvParams const& params) {
  check_heads(params.kv_heads, params.kv_heads, params.head_dim, kWhere);
  check_work(params.work.untyped(), kWhere);
  if (params.work.tile_count == 0) return;
  require(params.source.page_table == nullptr, kWhere,
          "the source is paged (the copy goes from a contiguous cache into pages) "
          "read the pages where they are");
  check_kv(params.source, kWhere);
  check_pointer(params.k_pages, kWhere, "k_pages");
  check_pointer(params.v_pages, kWhere, "v_pages");
  check_pointer(params.page_table, kWhere, "page_table");
  check_pointer(params.sequences, kWhere, "sequences");
  require(params.pages_per_head > 0, kWhere,
          "pages_per_head is not positive (it is the row length of page_table) "
          "pass the plan's blocks_per_head");
}

}  // namespace

void launch_gather_kv(GatherKvParams const& params, ProbeLevel probe, cudaStream_t stream) {
  check(params);
  if (params.work.tile_count == 0) return;
  enqueue(find_variant(kVariants, kWhere, {params.head_dim}, probe),
          {.grid_ctas = params.work.grid_ctas, .stream = stream}, params);
}

KernelFacts gather_kv_facts(std::int32_t head_dim, ProbeLevel probe) {
  check_heads(1, 1, head_dim, kWhere);
  return kernel_facts(find_variant(kVariants, kWhere, {head_dim}, probe), kWhere);
}

}  // namespace fluxscope::kernels
