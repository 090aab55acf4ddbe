#include "kernels/routing/flux_layer.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/attention/prefill_kernel.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "flux_layer";

void check(FluxLayerParams const& params) {
  require(params.router.q_heads == params.attention.q_heads &&
              params.router.head_dim == params.attention.head_dim,
          kWhere,
          "router and attention differ in q_heads or head_dim (they read the queries of one layer) "
          "pass the layer's shape to both");
  require(params.attention.work.queue != nullptr, kWhere,
          "work.queue is null (CTAs take the tiles of a table made on the GPU from a queue) "
          "pass a number in device memory that is 0");
}

}  // namespace

PlanGpuParams flux_plan(FluxLayerParams const& params) {
  PlanGpuParams plan = params.plan;
  plan.sequences = params.router.sequences;
  plan.batch = params.router.batch;
  plan.q_heads = params.router.q_heads;
  plan.gate = params.router.gate;
  return plan;
}

AttentionParams flux_attention(FluxLayerParams const& params) {
  AttentionParams attention = params.attention;
  attention.sequences = params.router.sequences;
  attention.work = {.tiles = params.plan.tiles,
                    .block_list = params.plan.lists.columns,
                    .queue = params.attention.work.queue,
                    .device_tile_count = params.plan.tile_count,
                    .tile_count = params.plan.tile_capacity,
                    .grid_ctas = params.attention.work.grid_ctas};
  return attention;
}

void launch_flux_layer(FluxLayerParams const& params, FluxLayerTuning const& tuning,
                       cudaStream_t stream) {
  check(params);
  launch_router(params.router, {}, stream);
  launch_plan_gpu(flux_plan(params), {}, stream);
  launch_prefill(tuning.kernel, flux_attention(params), tuning.probe, stream);
}

}  // namespace fluxscope::kernels
