#pragma once

namespace fluxscope::profiler {

/// Whether a launch before the measured one is worth its time. It loads code and fills caches and
/// address translations: tens of microseconds, below 1 % of a launch of 10 ms. NaN (never timed):
/// yes.
[[nodiscard]] constexpr bool wants_warm_up(double time_ns) { return !(time_ns > 1e7); }

}  // namespace fluxscope::profiler
