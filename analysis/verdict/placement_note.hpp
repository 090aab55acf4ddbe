#pragma once

#include <span>
#include <string>

#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

struct VerdictRow;

/// Fused decode in an order that puts long CTAs first: they fill a few GPCs of the chip, and which
/// ones, hence the memory bandwidth that they reach, changes from run to run. `natural` mixes long
/// and short CTAs over the chip.
[[nodiscard]] bool time_depends_on_placement(traces::RowRecord const& row);

/// What to tell where such rows are shown or orders are compared; empty where no row is one.
[[nodiscard]] std::string placement_note(std::span<VerdictRow const> rows);

}  // namespace fluxscope::analysis
