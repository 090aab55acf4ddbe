#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "profiler/run/context.hpp"
#include "traces/pass.hpp"

namespace fluxscope::profiler {

/// Labels timings of case `index` and moves them into `rows`. Throttled ones are named on stderr
/// and counted as a loss.
void keep_samples(RunContext& run, std::size_t index, traces::Pass pass, std::uint8_t probe_level,
                  std::vector<traces::SampleRecord> samples, CaseRows& rows);

}  // namespace fluxscope::profiler
