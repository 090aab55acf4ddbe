#pragma once
// Device side of plan_gpu.

#include <cooperative_groups.h>

#include "kernels/device/probe.cuh"
#include "kernels/routing/plan_gpu/rows.cuh"
#include "kernels/routing/plan_gpu/sort.cuh"

namespace fluxscope::kernels {

template <ProbeLevel kProbe>
__global__ void __launch_bounds__(kPlanThreads, 1) plan_gpu_kernel(PlanGpuParams const params) {
  extern __shared__ uint4 plan_smem[];
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kPlanWarps);)
  PlanSpace const space{params.tile_capacity, params.batch, params.sections, params.kv_blocks};
  PlanRows const rows(params, reinterpret_cast<std::int32_t*>(plan_smem));
  PlanSort const sort(space, rows, params.workspace,
                      reinterpret_cast<unsigned char*>(plan_smem) + space.table_bytes());
  int const first = static_cast<int>(blockIdx.x);
  int const step = static_cast<int>(gridDim.x);
  int const chunks = rows.chunks();
  bool const fits = rows.count() <= params.tile_capacity && chunks <= space.chunks();
  if (first == 0 && threadIdx.x == 0) *params.tile_count = fits ? rows.count() : -1;
  if (fits) {
    auto const grid = cooperative_groups::this_grid();
    bool bad = false;
    for (int i = first; i < chunks; i += step) bad |= sort.count(rows.chunk(i), params);
    grid.sync();
    if (bad) *params.tile_count = -1;
    int const slices = space.slices();
    for (int i = first; i < params.sections * slices; i += step) {
      sort.sum_counts(i / slices, i % slices);
    }
    grid.sync();
    for (int i = first; i < chunks; i += step) sort.place(rows.chunk(i), params);
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels
