#pragma once
// XAttention's block scores and selection in double on the CPU; see
// kernels/routing/xattn/groups.hpp.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/layer/layer_plan.hpp"

namespace fluxscope::kernels {

/// Block scores of one (sequence, query head): [q_blocks][visible KV blocks]. q [q_len, head_dim],
/// k [kv_len, head_dim] of its KV head. Each query group's softmax over the key groups that it
/// sees, summed over the groups of a (query block, KV block): a row sums to its number of query
/// groups. Throws ContractError if the sizes do not match.
[[nodiscard]] std::vector<std::vector<double>> xattn_score_reference(
    std::span<float const> q, std::span<float const> k, plan::SequenceShape const& sequence,
    std::int32_t head_dim, std::int32_t stride, double softmax_scale);

/// What xattn_select keeps of one row; see kernels/routing/xattn/select/launch.hpp.
struct XattnKeep {
  double threshold = 0.9;
  std::int32_t sink_blocks = 1;
  std::int32_t recent_begin = 0;  ///< blocks from here on are kept
};

/// The kept blocks of a row of scores, ascending.
[[nodiscard]] std::vector<std::int32_t> xattn_select_reference(std::span<double const> scores,
                                                               XattnKeep const& keep);

}  // namespace fluxscope::kernels
