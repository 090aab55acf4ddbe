#pragma once
// Launches that follow a known rate of blocks per time, for tests of the rate model.

#include <functional>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::testing {

/// A launch on 132 SMs: all are active for `level_ns`, `long_sms` of them for `tail_ns` more.
struct RateLaunch {
  int long_sms = 132;
  std::int64_t level_ns = 0;
  std::int64_t tail_ns = 0;
  double slowness = 1;  ///< blocks are those of the rate, divided by this
};

inline constexpr int kRateSms = 132;
inline constexpr double kRateTiles = 132;

/// Blocks per nanosecond of n active SMs.
using Rate = std::function<double(double)>;

/// One decode case per launch. Nothing is drawn in the first `start_ns` of each SM, and each of the
/// 132 tiles costs `tile_blocks` blocks beside those that it visits.
[[nodiscard]] traces::Trace rate_trace(std::vector<RateLaunch> const& launches, Rate const& rate,
                                       double start_ns, double tile_blocks);

/// 24 launches from 8 to 132 long SMs, with level parts of 1/8 to 1/2 of the time.
[[nodiscard]] std::vector<RateLaunch> varied_launches();

}  // namespace fluxscope::testing
