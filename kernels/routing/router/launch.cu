#include "kernels/routing/router/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/device/variant.hpp"
#include "kernels/routing/router/kernel.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "router";

using RouterVariant = Variant<1, RouterParams>;  // of a weight type

template <RouterWeightType kType, class Weight, ProbeLevel kProbe>
constexpr RouterVariant variant() {
  return {
      {static_cast<std::int32_t>(kType)}, kProbe, router_kernel<Weight, kProbe>, kRouterWarps * 32};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<RouterWeightType::float32, float, kProbe>()...,
                    variant<RouterWeightType::bfloat16, __nv_bfloat16, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

RouterVariant const& pick(RouterWeightType type, ProbeLevel probe) {
  return find_variant(kVariants, kWhere, {static_cast<std::int32_t>(type)}, probe);
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
  enqueue(pick(params.weight_type, tuning.probe),
          {.grid_ctas = kRouterCtas, .stream = stream, .cooperative = true}, params);
}

KernelFacts router_facts(RouterWeightType weight_type, RouterTuning const& tuning) {
  return kernel_facts(pick(weight_type, tuning.probe), kWhere);
}

}  // namespace fluxscope::kernels
