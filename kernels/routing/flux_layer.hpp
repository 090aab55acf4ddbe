#pragma once
// Prefill attention of one layer under Flux routing (arXiv 2604.07394): router, plan_gpu and
// attention, one after the other on one stream. The gate stays in device memory and is acted on
// there; the host waits for nothing and reads nothing.

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/routing/plan_gpu/launch.hpp"
#include "kernels/routing/router/launch.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::kernels {

struct FluxLayerParams {
  RouterParams router;  ///< its q is the layer's before RoPE
  PlanGpuParams plan;   ///< sequences, batch, q_heads and gate are the router's, whatever is here
  /// sequences and the tile table are the plan's, whatever is here; work.queue and work.grid_ctas
  /// count. work.grid_ctas: the CTAs that run at once.
  AttentionParams attention;
};

/// Never changes the result beyond rounding.
struct FluxLayerTuning {
  plan::PrefillKernel kernel = plan::PrefillKernel::prefill_mma;
  ProbeLevel probe = ProbeLevel::off;  ///< of the attention launch
};

/// Enqueues three launches; allocates nothing, does not synchronise. Throws what their launchers
/// throw; those before the refused one are enqueued.
void launch_flux_layer(FluxLayerParams const& params, FluxLayerTuning const& tuning,
                       cudaStream_t stream);

/// The parameters of the second and the third launch, completed from the others.
[[nodiscard]] PlanGpuParams flux_plan(FluxLayerParams const& params);
[[nodiscard]] AttentionParams flux_attention(FluxLayerParams const& params);

}  // namespace fluxscope::kernels
