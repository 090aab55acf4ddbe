#pragma once

#include <memory>

#include "profiler/run/run_pass.hpp"

namespace fluxscope::profiler {

/// CUPTI's records of each case: once to warm up and once recorded, under an NVTX range. CUPTI's
/// times are moved onto the trace's axis by a clock-anchor kernel that both clocks see: good to
/// about a microsecond, not for comparing with CTA times to the nanosecond. Its rows come at the
/// end, when CUPTI has delivered all records. Throws CuptiError.
[[nodiscard]] std::unique_ptr<RunPass> activity_pass();

}  // namespace fluxscope::profiler
