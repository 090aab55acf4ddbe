#pragma once

#include <memory>

#include "profiler/run/run_pass.hpp"

namespace fluxscope::profiler {

/// Lifetimes of CTAs, warps and tiles at level L0: a case once to warm up and once probed;
/// launches, timelines and tiles under the keep rule.
[[nodiscard]] std::unique_ptr<RunPass> probe_pass();

}  // namespace fluxscope::profiler
