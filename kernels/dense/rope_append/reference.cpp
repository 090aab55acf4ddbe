#include "kernels/dense/rope_append/reference.hpp"

#include <cmath>

#include "base/error.hpp"
#include "kernels/dense/rms_norm/reference.hpp"

namespace fluxscope::kernels {
namespace {

/// In place, one head.
void rotate(std::span<double> head, std::int64_t position, std::span<float const> frequency) {
  std::size_t const half = frequency.size();
  for (std::size_t i = 0; i < half; ++i) {
    double const angle = static_cast<double>(position) * static_cast<double>(frequency[i]);
    double const x = head[i];
    double const y = head[i + half];
    head[i] = x * std::cos(angle) - y * std::sin(angle);
    head[i + half] = y * std::cos(angle) + x * std::sin(angle);
  }
}

/// Heads [*, head_dim], each normed.
std::vector<double> normed(std::span<double const> heads, std::vector<double> const& weight,
                           double eps) {
  if (weight.empty()) return {heads.begin(), heads.end()};
  std::vector<double> all;
  for (std::size_t begin = 0; begin < heads.size(); begin += weight.size()) {
    auto const one = rms_norm_reference(heads.subspan(begin, weight.size()), weight, eps);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::vector<double> rotated(std::vector<double> heads, std::int64_t position,
                            std::vector<float> const& frequency) {
  std::size_t const head_dim = 2 * frequency.size();
  for (std::size_t begin = 0; begin < heads.size(); begin += head_dim) {
    rotate(std::span(heads).subspan(begin, head_dim), position, frequency);
  }
  return heads;
}

}  // namespace

RopeReferenceResult rope_append_reference(std::span<double const> qkv, std::int64_t position,
                                          RopeReferenceShape const& shape,
                                          RopeReferenceWeights const& weights) {
  expects(shape.q_heads > 0 && shape.kv_heads > 0 && shape.head_dim > 0, "sizes of heads > 0");
  auto const head_dim = static_cast<std::size_t>(shape.head_dim);
  std::size_t const q = static_cast<std::size_t>(shape.q_heads) * head_dim;
  std::size_t const kv = static_cast<std::size_t>(shape.kv_heads) * head_dim;
  expects(qkv.size() == q + 2 * kv, "qkv is [q_heads + 2 kv_heads, head_dim]");
  expects(2 * weights.frequency.size() == head_dim, "a frequency for each pair of a head");
  for (auto const* weight : {&weights.q_weight, &weights.k_weight}) {
    expects(weight->empty() || weight->size() == head_dim, "a norm's weight is [head_dim]");
  }
  RopeReferenceResult result;
  result.router_q = normed(qkv.first(q), weights.q_weight, shape.eps);
  result.q = rotated(result.router_q, position, weights.frequency);
  result.k =
      rotated(normed(qkv.subspan(q, kv), weights.k_weight, shape.eps), position, weights.frequency);
  result.v.assign(qkv.begin() + static_cast<std::ptrdiff_t>(q + kv), qkv.end());
  return result;
}

}  // namespace fluxscope::kernels
