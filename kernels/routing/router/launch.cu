#include "kernels/routing/router/launch.hpp"

#include "base/cuda/check.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/router/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "router";

void const* pick(RouterWeightType type, ProbeLevel probe) {
  using Kernel = void (*)(RouterParams);
  Kernel const kernel =
      type == RouterWeightType::float32
          ? (probe == ProbeLevel::off ? router_kernel<float, ProbeLevel::off>
                                      : router_kernel<float, ProbeLevel::l0>)
          : (probe == ProbeLevel::off ? router_kernel<__nv_bfloat16, ProbeLevel::off>
                                      : router_kernel<__nv_bfloat16, ProbeLevel::l0>);
  return reinterpret_cast<void const*>(kernel);
}

void check(RouterParams const& params) {
  check_heads(params.q_heads, params.q_heads, params.head_dim, kWhere);
  require(params.batch > 0, kWhere, "batch is not positive (there is no gate to make) pass >= 1");
  require(params.pool_tokens > 0, kWhere,
          "pool_tokens is not positive (the mean of no token is undefined) the paper uses 100");
  check_pointer(params.q, kWhere, "q");
  check_pointer(params.sequences, kWhere, "sequences");
  for (RouterLayer const& layer : params.layers) {
    check_pointer(layer.weight, kWhere, "a layer's weight");
    require(layer.bias != nullptr, kWhere,
            "a layer's bias is null (every Linear of the router has one) pass zeros if it is none");
  }
  check_pointer(params.workspace, kWhere, "workspace");
  require(params.logits != nullptr && params.gate != nullptr, kWhere,
          "logits or gate is null (they are the result) pass device memory");
}

}  // namespace

RouterWidth router_width(int layer, std::int32_t head_dim) {
  constexpr std::int32_t kWidths[kRouterLayers] = {1, 8, 2, 4, 1};  // inputs, in head_dim
  if (layer == kRouterLayers - 1) return {head_dim, 2};
  return {kWidths[layer] * head_dim, kWidths[layer + 1] * head_dim};
}

std::size_t router_workspace_floats(std::int32_t batch, std::int32_t head_dim) {
  return static_cast<std::size_t>(batch) * static_cast<std::size_t>(RouterSpace{head_dim}.floats());
}

void launch_router(RouterParams const& params, RouterTuning const& tuning, cudaStream_t stream) {
  check(params);
  void* arguments[] = {const_cast<RouterParams*>(&params)};
  FLUXSCOPE_CUDA_CHECK(cudaLaunchCooperativeKernel(pick(params.weight_type, tuning.probe),
                                                   dim3(kRouterCtas), dim3(kRouterWarps * 32),
                                                   arguments, 0, stream));
}

KernelFacts router_facts(RouterWeightType weight_type, RouterTuning const& tuning) {
  return kernel_facts(pick(weight_type, tuning.probe), kWhere, kRouterWarps * 32, 0);
}

}  // namespace fluxscope::kernels
