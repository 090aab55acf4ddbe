#pragma once
// The same launch begun elsewhere on the chip.

#include <cstdint>

#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

/// Places of a launch that a measurement goes through, where they matter.
inline constexpr std::int32_t kTurns = 8;

/// A GPU fills group after group of SMs, begins with another group from one launch to the next, and
/// SMs of a group share bandwidth: so where the long CTAs of a launch lie is chance. kTurns, or 1
/// where chance has no hold: CTAs that begin with equal work, and launches of so many waves that
/// every SM sees all lengths.
[[nodiscard]] std::int32_t turns_of(WorkList const& list, std::int32_t sm_count);

/// `list` as it would lie if the GPU began `turn` / kTurns of the device later: of the CTAs that
/// are resident at first, each does what a later one did. Same tiles, same CTAs, another order.
/// `turn` is at least 0; 0 changes nothing.
[[nodiscard]] WorkList turned(WorkList const& list, std::int32_t turn, std::int32_t sm_count);

}  // namespace fluxscope::plan
