#pragma once
// Which KV heads a prefill launch works on at a time, so that their K and V stay in the L2.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/layer/layer_plan.hpp"

namespace fluxscope::plan {

/// Section of each (seq, query head): [batch, q_heads], from 0, never falling. Sections are runs of
/// KV heads, in the order (seq, kv_head), whose K and V (bf16) are nearest to `section_bytes` in
/// all, at least one KV head each; everything is section 0 where `section_bytes` is 0. The idea is
/// FlashAttention-3's order of heads (arXiv 2407.08608; hopper/tile_scheduler.hpp).
[[nodiscard]] std::vector<std::int32_t> kv_sections(AttentionShape const& shape,
                                                    std::span<SequenceShape const> sequences,
                                                    std::int64_t section_bytes);

/// First row of each of these sections, rows in the order (seq, q_head, q_block).
[[nodiscard]] std::vector<std::int32_t> section_first_rows(AttentionShape const& shape,
                                                           std::span<SequenceShape const> sequences,
                                                           std::int64_t section_bytes);

/// Half of the L2: the other half is for queries, outputs and the sections' edges.
[[nodiscard]] constexpr std::int64_t kv_section_bytes(std::int64_t l2_bytes) {
  return l2_bytes / 2;
}

}  // namespace fluxscope::plan
