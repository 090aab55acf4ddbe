#pragma once
// Pass 0 on one case, and the cost of the probe.

#include "profiler/run/context.hpp"

namespace fluxscope::profiler {

/// Times case `index`: quartiles into its CaseRecord, samples into `rows`. Throttled samples are
/// named on stderr and left out of the quartiles. Returns the estimate of one execution, ns.
double time_case(RunContext& run, std::size_t index, DeviceCase const& device_case, CaseRows& rows);

/// Overhead of probe level L0 by interleaved runs (ABBA), into `rows`. The probe's buffers must
/// hold the case (see probe_case).
void measure_overhead(RunContext& run, std::size_t index, DeviceCase const& device_case,
                      double one_ns, CaseRows& rows);

/// Cases up to this long are all measured for overhead; of the longer ones, the longest of each
/// phase.
inline constexpr double kCheapOverheadNs = 3e6;

}  // namespace fluxscope::profiler
