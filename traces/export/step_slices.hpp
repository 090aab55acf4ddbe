#pragma once

#include <vector>

#include "traces/export/slice_lanes.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// The steps of a trace as nested slices: a step, in it its layers, in them their launches; each
/// before what it encloses. Launches without times are left out, and so is a step of only such.
[[nodiscard]] std::vector<Slice> step_slices(Trace const& trace);

}  // namespace fluxscope::traces
