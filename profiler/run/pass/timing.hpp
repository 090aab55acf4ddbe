#pragma once

#include <memory>

#include "profiler/run/run_pass.hpp"

namespace fluxscope::profiler {

/// Clean times of a case: sampled_time() over all its turns into its CaseRecord, all samples into
/// /samples.
[[nodiscard]] std::unique_ptr<RunPass> timing_pass();

}  // namespace fluxscope::profiler
