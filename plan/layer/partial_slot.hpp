#pragma once

#include <cstdint>

#include "plan/layer/layer_plan.hpp"
#include "plan/layer/tile.hpp"

namespace fluxscope::plan {

/// Query heads that one decode tile holds at most (the 16 rows of mma m16n8k16).
inline constexpr std::int32_t kMaxDecodeGroup = 16;

/// Rows of one partial slot: in prefill a block of query rows, in decode a KV head's query heads.
[[nodiscard]] constexpr std::int32_t partial_slot_rows(Phase phase) {
  return phase == Phase::prefill ? kBlockTokens : kMaxDecodeGroup;
}

}  // namespace fluxscope::plan
