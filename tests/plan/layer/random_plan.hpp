#pragma once
// Random layers, and what they select by a second method.

#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan::testing {

/// A valid layer: either phase, any head grouping, one to four requests of different lengths, heads
/// full, streaming, triangle or with random block lists (some rows without a block), any execution,
/// scheduler, batch rule and retention.
[[nodiscard]] LayerPlan random_plan(Random& random);

[[nodiscard]] DeviceSlots random_slots(Random& random);

/// KV blocks that a query token of the query block sees, ascending; from positions of tokens.
[[nodiscard]] std::vector<std::int32_t> visible_by_token(LayerPlan const& plan, std::size_t seq,
                                                         std::int32_t q_block);

/// Those of them that the selection of (seq, q_head) keeps.
[[nodiscard]] std::vector<std::int32_t> selected_by_token(LayerPlan const& plan, std::size_t seq,
                                                          std::int32_t q_head,
                                                          std::int32_t q_block);

}  // namespace fluxscope::plan::testing
