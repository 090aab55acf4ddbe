#pragma once

#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

/// True where every query head of (seq, kv_head) reads everything.
[[nodiscard]] bool is_full_kv_head(LayerPlan const& plan, std::size_t seq, std::int32_t kv_head);

/// KV blocks of (seq, kv_head) that any of its query rows selects: [blocks of kv_len], 0 or 1.
[[nodiscard]] std::vector<std::uint8_t> touched_blocks(LayerPlan const& plan, std::size_t seq,
                                                       std::int32_t kv_head);

/// KV blocks that any row selects, each counted once however many rows read it, over all KV heads
/// of the batch.
[[nodiscard]] std::int64_t distinct_blocks(LayerPlan const& plan);

/// Contiguous, except where the plan needs pages: `two_pool` (pages of the full heads first),
/// `gather` (its compact copies) and retention `evict` (blocks that no row selects are not held).
/// held_blocks counts K/V block pairs of all heads; gather holds the cache and the copies.
[[nodiscard]] KvLayout make_kv_layout(LayerPlan const& plan);

}  // namespace fluxscope::plan
