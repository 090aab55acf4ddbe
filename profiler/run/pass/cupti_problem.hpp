#pragma once

#include <optional>
#include <string>

#include "profiler/run/context.hpp"

namespace fluxscope::profiler {

/// Why no pass can use CUPTI in this run: it is not there, or another tool watches the process.
/// Touches CUPTI, so only after the passes that must run without it.
[[nodiscard]] std::optional<std::string> cupti_problem(RunContext const& run);

}  // namespace fluxscope::profiler
