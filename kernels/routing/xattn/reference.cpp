#include "kernels/routing/xattn/reference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "kernels/routing/xattn/groups.hpp"

namespace fluxscope::kernels {
namespace {

/// The antidiagonal sum of a pair of groups, unscaled.
double group_product(std::span<float const> q, std::span<float const> k, std::size_t head_dim,
                     std::size_t stride, std::size_t group, std::size_t key_group) {
  double sum = 0;
  for (std::size_t t = 0; t < stride; ++t) {
    std::size_t const row = (group * stride + stride - 1 - t) * head_dim;
    std::size_t const token = (key_group * stride + t) * head_dim;
    if (row >= q.size() || token >= k.size()) continue;
    for (std::size_t d = 0; d < head_dim; ++d) {
      sum += static_cast<double>(q[row + d]) * static_cast<double>(k[token + d]);
    }
  }
  return sum;
}

/// In place.
void softmax(std::vector<double>& x) {
  double const max = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (double& v : x) sum += v = std::exp(v - max);
  for (double& v : x) v /= sum;
}

}  // namespace

std::vector<std::vector<double>> xattn_score_reference(std::span<float const> q,
                                                       std::span<float const> k,
                                                       plan::SequenceShape const& sequence,
                                                       std::int32_t head_dim, std::int32_t stride,
                                                       double softmax_scale) {
  auto const [q_len, kv_len] = sequence;
  auto const columns = static_cast<std::size_t>(head_dim);
  expects(q.size() == static_cast<std::size_t>(q_len) * columns, "q is [q_len, head_dim]");
  expects(k.size() == static_cast<std::size_t>(kv_len) * columns, "k is [kv_len, head_dim]");
  std::int32_t const groups_per_block = plan::kBlockTokens / stride;
  std::vector<std::vector<double>> scores;
  for (std::int32_t q_block = 0; q_block < plan::blocks_of(q_len); ++q_block) {
    auto const visible = plan::visible_blocks(q_len, kv_len, q_block);
    scores.emplace_back(static_cast<std::size_t>(visible), 0.0);
  }
  for (std::int32_t group = 0; group < xattn_groups(q_len, stride); ++group) {
    std::int32_t const seen = xattn_visible_groups(q_len, kv_len, stride, group);
    std::vector<double> weights;
    for (std::int32_t j = 0; j < seen; ++j) {
      weights.push_back(softmax_scale / stride *
                        group_product(q, k, columns, static_cast<std::size_t>(stride),
                                      static_cast<std::size_t>(group),
                                      static_cast<std::size_t>(j)));
    }
    softmax(weights);
    auto& row = scores[static_cast<std::size_t>(group / groups_per_block)];
    for (std::size_t j = 0; j < weights.size(); ++j) {
      row[j / static_cast<std::size_t>(groups_per_block)] += weights[j];
    }
  }
  return scores;
}

std::vector<std::int32_t> xattn_select_reference(std::span<double const> scores,
                                                 XattnKeep const& keep) {
  auto const count = static_cast<std::int32_t>(scores.size());
  auto const score = [&](std::int32_t block) { return scores[static_cast<std::size_t>(block)]; };
  std::vector<std::int32_t> kept;
  std::vector<std::int32_t> others;
  for (std::int32_t block = 0; block < count; ++block) {
    bool const always = block < keep.sink_blocks || block >= keep.recent_begin;
    (always ? kept : others).push_back(block);
  }
  std::stable_sort(others.begin(), others.end(),
                   [&](std::int32_t a, std::int32_t b) { return score(a) > score(b); });
  double const need = keep.threshold * std::accumulate(scores.begin(), scores.end(), 0.0);
  double sum = 0;
  for (std::int32_t const block : kept) sum += score(block);
  for (std::int32_t const block : others) {
    if (sum >= need) break;
    sum += score(block);
    kept.push_back(block);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

}  // namespace fluxscope::kernels
