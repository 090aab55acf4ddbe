#include "kernels/routing/plan_gpu/launch.hpp"

#include <algorithm>
#include <string>

#include "base/cuda/capability.hpp"
#include "base/error.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/device/variant.hpp"
#include "kernels/routing/plan_gpu/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "plan_gpu";

using PlanVariant = Variant<0, PlanGpuParams>;

template <ProbeLevel kProbe>
constexpr PlanVariant variant() {
  return {{}, kProbe, plan_gpu_kernel<kProbe>, kPlanThreads};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

/// With the shared memory of one launch.
PlanVariant sized_variant(ProbeLevel probe, PlanSpace const& space) {
  PlanVariant variant = find_variant(kVariants, kWhere, {}, probe);
  variant.smem_bytes = space.table_bytes() + space.sort_bytes();
  return variant;
}

void check_range(std::int32_t value, std::int32_t limit, char const* name) {
  if (value >= 1 && value <= limit) return;
  throw InputError(std::string(kWhere) + ": " + name + " is " + std::to_string(value) +
                   " (its table lies in shared memory) pass 1 to " + std::to_string(limit));
}

void check_sizes(std::int32_t batch, std::int32_t sections, std::int32_t kv_blocks) {
  check_range(batch, kPlanMaxBatch, "batch");
  check_range(sections, kPlanMaxSections, "sections");
  check_range(kv_blocks, kMaxKvBlocks, "kv_blocks");
}

void check(PlanGpuParams const& params) {
  check_sizes(params.batch, params.sections, params.kv_blocks);
  require(params.q_heads > 0, kWhere, "q_heads is not positive (there is no row) pass >= 1");
  require(
      params.tile_capacity > 0, kWhere,
      "tile_capacity is not positive (every query block has a tile) pass the rows of the batch");
  require(
      params.sections == 1 || params.section_begin != nullptr, kWhere,
      "section_begin is null with several sections (they begin somewhere) pass their first rows");
  require(params.tile_count != nullptr, kWhere,
          "tile_count is null (it is a result) pass device memory");
  check_pointer(params.sequences, kWhere, "sequences");
  check_pointer(params.workspace, kWhere, "workspace");
  check_pointer(params.tiles, kWhere, "tiles");
  plan::Selection const& sparse = params.sparse;
  bool const window =
      sparse.kind == plan::SelectionKind::streaming || sparse.kind == plan::SelectionKind::triangle;
  require(
      sparse.sink_tokens >= 0 && sparse.last_tokens >= 0 && sparse.local_tokens >= (window ? 1 : 0),
      kWhere,
      "sparse has negative tokens or no local ones (a token always sees itself) "
      "pass sink_tokens and last_tokens >= 0, local_tokens >= 1");
  if (sparse.kind != plan::SelectionKind::blocks) return;
  require(params.lists.row_begin != nullptr && params.lists.row_count != nullptr, kWhere,
          "lists are null with a sparse selection of blocks (they are the selection) "
          "pass those of xattn_select");
}

PlanSpace space_of(PlanGpuParams const& params) {
  return {params.tile_capacity, params.batch, params.sections, params.kv_blocks};
}

/// A CTA per chunk or slice, as far as they run at once.
std::int32_t grid_ctas(PlanVariant const& variant, PlanSpace const& space) {
  std::int32_t const at_once = kernel_facts(variant, kWhere).ctas_per_sm * cuda::sm_count();
  std::int32_t const wanted = std::max(space.chunks(), space.sections * space.slices());
  return std::clamp(wanted, 1, std::max(1, at_once));
}

}  // namespace

std::size_t plan_gpu_workspace_bytes(std::int32_t tile_capacity, std::int32_t sections,
                                     std::int32_t kv_blocks) {
  return static_cast<std::size_t>(
      PlanSpace{tile_capacity, 1, sections, kv_blocks}.workspace_bytes());
}

void launch_plan_gpu(PlanGpuParams const& params, PlanGpuTuning const& tuning,
                     cudaStream_t stream) {
  check(params);
  PlanSpace const space = space_of(params);
  PlanVariant const variant = sized_variant(tuning.probe, space);
  enqueue(variant, {.grid_ctas = grid_ctas(variant, space), .stream = stream, .cooperative = true},
          params);
}

KernelFacts plan_gpu_facts(std::int32_t batch, std::int32_t sections, std::int32_t kv_blocks,
                           PlanGpuTuning const& tuning) {
  check_sizes(batch, sections, kv_blocks);
  return kernel_facts(sized_variant(tuning.probe, {1, batch, sections, kv_blocks}), kWhere);
}

}  // namespace fluxscope::kernels
