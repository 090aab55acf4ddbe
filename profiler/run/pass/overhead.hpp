#pragma once

#include <memory>

#include "profiler/run/run_pass.hpp"

namespace fluxscope::profiler {

/// What probing at L0 costs: clean and probed runs in the order A B B A, into /overheads and
/// /samples. Every case of up to 3 ms, and the longest of the others of each phase, after all
/// cases.
[[nodiscard]] std::unique_ptr<RunPass> overhead_pass();

}  // namespace fluxscope::profiler
