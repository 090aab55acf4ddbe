#pragma once

#include "profiler/cupti/table.hpp"
#include "profiler/run/context.hpp"

namespace fluxscope::profiler {

/// Pass 1 over all cases: each once to warm up and once recorded, under an NVTX range. CUPTI's
/// times are moved onto the trace's axis by a clock-anchor kernel that both clocks see: good to
/// about a microsecond, not for comparing with CTA times to the nanosecond. Throws CuptiError.
void run_activity_pass(RunContext& run, CuptiTable const& cupti);

}  // namespace fluxscope::profiler
