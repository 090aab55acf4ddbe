#pragma once

#include <memory>

#include "profiler/run/run_pass.hpp"

namespace fluxscope::profiler {

/// Clean times of a case: quartiles into its CaseRecord, all samples into /samples. Throttled ones
/// are left out of the quartiles.
[[nodiscard]] std::unique_ptr<RunPass> timing_pass();

}  // namespace fluxscope::profiler
