#pragma once

#include <memory>

#include "profiler/run/run_pass.hpp"

namespace fluxscope::profiler {

/// The counters of counter_list() for every launch, each measured once. Throws CuptiError where
/// they cannot be had (privileges, busy hardware, virtual GPU).
[[nodiscard]] std::unique_ptr<RunPass> counter_pass();

}  // namespace fluxscope::profiler
