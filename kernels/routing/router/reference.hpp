#pragma once
// The Flux Layer Router in double on the CPU; see kernels/routing/router/launch.hpp.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/routing/router/launch.hpp"

namespace fluxscope::kernels {

struct RouterReferenceWeights {
  std::array<std::vector<float>, kRouterLayers> weight;  // [out, in] each
  std::array<std::vector<float>, kRouterLayers> bias;    // [out] each
};

struct RouterReferenceResult {
  std::vector<double> pooled;  // [head_dim]
  std::array<double, 2> logits{};
  std::int32_t gate = 0;  ///< 1 full attention, 0 sparse attention
};

/// One sequence. q [q_len, q_heads, head_dim]. Throws ContractError if the sizes do not match.
[[nodiscard]] RouterReferenceResult router_reference(std::span<float const> q, std::int32_t q_len,
                                                     std::int32_t q_heads, std::int32_t head_dim,
                                                     std::int32_t pool_tokens,
                                                     RouterReferenceWeights const& weights);

}  // namespace fluxscope::kernels
