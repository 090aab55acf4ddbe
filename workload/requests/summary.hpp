#pragma once

#include <string>

#include "workload/requests/request.hpp"

namespace fluxscope::workload {

/// What was understood of a trace, lines for the terminal: format, clock, requests, those that
/// failed, time from the first to the last arrival, and tokens (mean; median and 99 % by
/// nearest_rank()). `trace` has requests.
[[nodiscard]] std::string summary_text(RequestTrace const& trace);

}  // namespace fluxscope::workload
