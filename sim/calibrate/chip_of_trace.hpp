#pragma once

#include <span>

#include "sim/sm/chip.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::sim {

/// The chip that a trace's /device/sm tells of; not known where it says nothing of memory groups or
/// of the order. SMs next to each other in the order, of one GPC, are a part; pieces of fewer SMs
/// than kLeastPart belong to the part before them, and before the first part they are filled first.
[[nodiscard]] Chip chip_of_trace(std::span<traces::SmPlaceRecord const> places);

inline constexpr std::int32_t kLeastPart = 4;

}  // namespace fluxscope::sim
