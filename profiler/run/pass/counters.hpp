#pragma once

#include "profiler/cupti/table.hpp"
#include "profiler/run/context.hpp"

namespace fluxscope::profiler {

/// Pass 3 over all cases: the counters of counter_list() for every launch. Throws CuptiError where
/// the counters cannot be had (privileges, busy hardware, virtual GPU).
void run_counter_pass(RunContext& run, CuptiTable const& cupti, int device);

}  // namespace fluxscope::profiler
