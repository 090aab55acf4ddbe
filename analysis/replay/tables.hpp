#pragma once

#include <vector>

#include "base/terminal/text_table.hpp"
#include "traces/replay/replay.hpp"

namespace fluxscope::analysis {

/// Rows of the whole mix.
[[nodiscard]] TextTable mix_table(traces::Replay const& replay);
/// Rows of single tasks; `all`: every run, else each policy's quickest in each mode.
[[nodiscard]] TextTable task_table(traces::Replay const& replay, bool all);
[[nodiscard]] TextTable break_even_table(traces::Replay const& replay);
/// What the times of the mix's rows are made of, by phase.
[[nodiscard]] TextTable parts_table(traces::Replay const& replay);

}  // namespace fluxscope::analysis
