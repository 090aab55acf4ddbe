#include "kernels/routing/plan_gpu/launch.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/plan_gpu/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "plan_gpu";

void const* pick(ProbeLevel probe) {
  return reinterpret_cast<void const*>(probe == ProbeLevel::off ? plan_gpu_kernel<ProbeLevel::off>
                                                                : plan_gpu_kernel<ProbeLevel::l0>);
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

int smem_bytes(PlanSpace const& space) { return space.table_bytes() + space.sort_bytes(); }

int sm_count() {
  int device = 0;
  int count = 0;
  FLUXSCOPE_CUDA_CHECK(cudaGetDevice(&device));
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device));
  return count;
}

/// A CTA per chunk or slice, as far as they run at once.
unsigned grid_ctas(void const* kernel, PlanSpace const& space) {
  int ctas_per_sm = 0;
  FLUXSCOPE_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
      &ctas_per_sm, kernel, kPlanThreads, static_cast<std::size_t>(smem_bytes(space))));
  std::int32_t const wanted = std::max(space.chunks(), space.sections * space.slices());
  return static_cast<unsigned>(std::clamp(wanted, 1, std::max(1, ctas_per_sm * sm_count())));
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
  void const* const kernel = pick(tuning.probe);
  PlanSpace const space = space_of(params);
  allow_smem(kernel, smem_bytes(space));
  void* arguments[] = {const_cast<PlanGpuParams*>(&params)};
  FLUXSCOPE_CUDA_CHECK(
      cudaLaunchCooperativeKernel(kernel, dim3(grid_ctas(kernel, space)), dim3(kPlanThreads),
                                  arguments, static_cast<std::size_t>(smem_bytes(space)), stream));
}

KernelFacts plan_gpu_facts(std::int32_t batch, std::int32_t sections, std::int32_t kv_blocks,
                           PlanGpuTuning const& tuning) {
  check_sizes(batch, sections, kv_blocks);
  return kernel_facts(pick(tuning.probe), kWhere, kPlanThreads,
                      smem_bytes({1, batch, sections, kv_blocks}));
}

}  // namespace fluxscope::kernels
