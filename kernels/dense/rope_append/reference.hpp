#pragma once
// Head norms and the rotary embedding in double on the CPU; see
// kernels/dense/rope_append/launch.hpp.

#include <cstdint>
#include <span>
#include <vector>

namespace fluxscope::kernels {

struct RopeReferenceShape {
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  double eps = 0;  ///< of the norms
};

/// Of one model. An empty weight: no norm.
struct RopeReferenceWeights {
  std::vector<double> q_weight;  // [head_dim]
  std::vector<double> k_weight;  // [head_dim]
  std::vector<float> frequency;  // [head_dim / 2], radians per position
};

/// Of one token.
struct RopeReferenceResult {
  std::vector<double> q;         // [q_heads, head_dim]
  std::vector<double> router_q;  // [q_heads, head_dim], before the rotary embedding
  std::vector<double> k;         // [kv_heads, head_dim]
  std::vector<double> v;         // [kv_heads, head_dim]
};

/// One token: qkv [(q_heads + 2 kv_heads) head_dim]. Throws ContractError if the sizes do not
/// match.
[[nodiscard]] RopeReferenceResult rope_append_reference(std::span<double const> qkv,
                                                        std::int64_t position,
                                                        RopeReferenceShape const& shape,
                                                        RopeReferenceWeights const& weights);

}  // namespace fluxscope::kernels
