#include "kernels/routing/router/reference.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fluxscope::kernels {
namespace {

/// Sum over heads of token `token` -> adds to sum [head_dim].
void add_token(std::vector<double>& sum, std::span<float const> q, std::size_t token,
               std::size_t q_heads) {
  std::size_t const head_dim = sum.size();
  for (std::size_t head = 0; head < q_heads; ++head) {
    for (std::size_t d = 0; d < head_dim; ++d) {
      sum[d] += static_cast<double>(q[(token * q_heads + head) * head_dim + d]);
    }
  }
}

/// Mean over concat(q[:P], q[-P:]) and the heads.
std::vector<double> pool(std::span<float const> q, std::size_t q_len, std::size_t q_heads,
                         std::size_t head_dim, std::size_t pool_tokens) {
  std::size_t const window = std::min(pool_tokens, q_len);
  std::vector<double> mean(head_dim, 0.0);
  for (std::size_t token = 0; token < window; ++token) add_token(mean, q, token, q_heads);
  for (std::size_t token = q_len - window; token < q_len; ++token) {
    add_token(mean, q, token, q_heads);
  }
  for (double& x : mean) x /= 2.0 * static_cast<double>(window) * static_cast<double>(q_heads);
  return mean;
}

std::vector<double> linear(std::vector<double> const& x, std::vector<float> const& weight,
                           std::vector<float> const& bias) {
  expects(weight.size() == x.size() * bias.size(), "router weight is [out, in], bias [out]");
  std::vector<double> y(bias.begin(), bias.end());
  for (std::size_t row = 0; row < y.size(); ++row) {
    for (std::size_t column = 0; column < x.size(); ++column) {
      y[row] += static_cast<double>(weight[row * x.size() + column]) * x[column];
    }
  }
  return y;
}

std::vector<double> silu(std::vector<double> x) {
  for (double& v : x) v /= 1.0 + std::exp(-v);
  return x;
}

}  // namespace

RouterReferenceResult router_reference(std::span<float const> q, std::int32_t q_len,
                                       std::int32_t q_heads, std::int32_t head_dim,
                                       std::int32_t pool_tokens,
                                       RouterReferenceWeights const& weights) {
  expects(q_len > 0 && q_heads > 0 && head_dim > 0 && pool_tokens > 0, "router sizes > 0");
  auto const tokens = static_cast<std::size_t>(q_len);
  auto const heads = static_cast<std::size_t>(q_heads);
  auto const columns = static_cast<std::size_t>(head_dim);
  expects(q.size() == tokens * heads * columns, "q is [q_len, q_heads, head_dim]");
  auto const layer = [&](std::vector<double> const& x, std::size_t i) {
    return linear(x, weights.weight[i], weights.bias[i]);
  };

  RouterReferenceResult result;
  result.pooled = pool(q, tokens, heads, columns, static_cast<std::size_t>(pool_tokens));
  auto const encoded = layer(silu(layer(result.pooled, 0)), 1);
  auto const logits = layer(silu(layer(silu(layer(encoded, 2)), 3)), 4);
  expects(logits.size() == 2, "the router has two logits");
  result.logits = {logits[0], logits[1]};
  result.gate = logits[1] > logits[0] ? 1 : 0;
  return result;
}

}  // namespace fluxscope::kernels
