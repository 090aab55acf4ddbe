#pragma once
// How XAttention (Xu, Xiao, Huang, Guo, Han, arXiv 2503.16428) groups tokens and what its groups
// see; the rules that kernels, host tables and references share.
//
// Tokens are grouped by `stride` S: query group g holds rows [gS, gS + S) of its sequence, key
// group j holds tokens [jS, jS + S). The score of a pair runs along the antidiagonals of the S x S
// square:
//
//   score(g, j) = sum over t < S of q[gS + S - 1 - t] . k[jS + t]  * softmax_scale / S
//
// Rows and tokens that a ragged last group lacks count as zero (the released code pads with zeros).
// Causality has group granularity: group g sees group j if the group's last existing row sees the
// first token of j. Queries are the last q_len of kv_len positions; where kv_len = q_len this is
// the released rule j <= g, and it holds for every other difference as well, multiple of S or not.

#include <cstdint>

#include "base/host_device.hpp"
#include "plan/layer/selection.hpp"

namespace fluxscope::kernels {

/// Query groups of one warpgroup or half CTA of the score kernels.
inline constexpr std::int32_t kXattnPanelGroups = 64;

/// Groups that cover `tokens`.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t xattn_groups(std::int32_t tokens,
                                                                        std::int32_t stride) {
  return tokens / stride + (tokens % stride != 0 ? 1 : 0);
}

/// Key groups that query group `group` sees; `group` < xattn_groups(q_len, stride).
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t xattn_visible_groups(
    std::int32_t q_len, std::int32_t kv_len, std::int32_t stride, std::int32_t group) {
  std::int32_t const last = group >= q_len / stride ? q_len : (group + 1) * stride;
  return (kv_len - q_len + last - 1) / stride + 1;
}

/// Panels of kXattnPanelGroups query groups of one query head.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t xattn_panels(std::int32_t q_len,
                                                                        std::int32_t stride) {
  return (xattn_groups(q_len, stride) + kXattnPanelGroups - 1) / kXattnPanelGroups;
}

/// Tiles of one (sequence, KV head): each is two of the group's panels, in the order (panel, query
/// head), so that both read the same keys.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t xattn_panel_pairs(
    std::int32_t q_len, std::int32_t stride, std::int32_t heads_per_kv_head) {
  return (xattn_panels(q_len, stride) * heads_per_kv_head + 1) / 2;
}

/// First KV block that holds a position of query block `q_block`.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t xattn_first_own_block(
    std::int32_t q_len, std::int32_t kv_len, std::int32_t q_block) {
  return (kv_len - q_len) / plan::kBlockTokens + q_block;
}

}  // namespace fluxscope::kernels
