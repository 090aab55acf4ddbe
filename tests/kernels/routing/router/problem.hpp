#pragma once
// Random router weights and queries, and one launch of the router on them.

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "kernels/routing/router/reference.hpp"

namespace fluxscope::testing {

inline float rounded_bf16(double x) {
  return __bfloat162float(__float2bfloat16(static_cast<float>(x)));
}

/// Uniform weights of variance 1 / in, as bf16 values: exact in both weight types.
inline kernels::RouterReferenceWeights random_router_weights(std::int32_t head_dim,
                                                             std::uint64_t seed) {
  Random random(seed);
  kernels::RouterReferenceWeights weights;
  for (int layer = 0; layer < kernels::kRouterLayers; ++layer) {
    auto const [in, out] = kernels::router_width(layer, head_dim);
    auto const i = static_cast<std::size_t>(layer);
    double const bound = std::sqrt(3.0 / in);
    for (std::int32_t n = 0; n < in * out; ++n) {
      weights.weight[i].push_back(rounded_bf16((random.unit() * 2 - 1) * bound));
    }
    for (std::int32_t n = 0; n < out; ++n) {
      weights.bias[i].push_back(rounded_bf16(random.unit() * 0.2 - 0.1));
    }
  }
  return weights;
}

/// Queries with a mean that differs per column and drifts over the tokens, so that a wrong window
/// changes the pooled value. [q_len, q_heads, head_dim]
inline std::vector<float> drifting_queries(std::int32_t q_len, std::int32_t q_heads,
                                           std::int32_t head_dim, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> q;
  for (std::int32_t token = 0; token < q_len; ++token) {
    for (std::int32_t i = 0; i < q_heads * head_dim; ++i) {
      double const column = std::sin(i % head_dim + static_cast<double>(seed));
      q.push_back(rounded_bf16(column * 4 + token * 0.01 + random.unit() - 0.5));
    }
  }
  return q;
}

}  // namespace fluxscope::testing
