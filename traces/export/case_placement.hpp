#pragma once

#include <cstdint>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// For each launch, what to add to its times so that executions of cases do not overlap: 0
/// wherever they already are apart. Launches of one (case, pass, repetition) move together; those
/// without a case stay where they are.
[[nodiscard]] std::vector<std::int64_t> place_launches(Trace const& trace);

}  // namespace fluxscope::traces
