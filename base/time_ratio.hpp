#pragma once
// Times with their intervals, and what may be said of two of them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/speedup.hpp"

namespace fluxscope {

/// What the interval of a time is.
enum class IntervalKind : std::uint8_t {
  samples,  ///< measured: shortest and longest sample of one run, over all places on the chip
  model,    ///< simulated: 90 % interval of one model, whose error all its times share
};

/// Ends are NaN where there is no interval.
struct TimeInterval {
  double time_ns = std::numeric_limits<double>::quiet_NaN();
  double low_ns = std::numeric_limits<double>::quiet_NaN();
  double high_ns = std::numeric_limits<double>::quiet_NaN();
};

/// A quotient of two times, the speed-up of the denominator. Ends are NaN where a time has none.
struct TimeRatio {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

/// samples: the two vary on their own, so low is numerator low / denominator high, and high the
/// other way round. model: the two are paired, low / low and high / high in ascending order: what
/// is common to both errors cancels.
[[nodiscard]] inline TimeRatio time_ratio(TimeInterval const& numerator,
                                          TimeInterval const& denominator, IntervalKind kind) {
  TimeRatio ratio{.value = numerator.time_ns / denominator.time_ns};
  if (kind == IntervalKind::samples) {
    ratio.low = numerator.low_ns / denominator.high_ns;
    ratio.high = numerator.high_ns / denominator.low_ns;
    return ratio;
  }
  double const lows = numerator.low_ns / denominator.low_ns;
  double const highs = numerator.high_ns / denominator.high_ns;
  ratio.low = std::min(lows, highs);
  ratio.high = std::max(lows, highs);
  return ratio;
}

/// What a speed-up says of the run that it is the speed-up of.
enum class Order : std::uint8_t { slower, equal, quicker };

/// equal: the interval holds 1, or the times are within kEqualTimesRatio of each other, or there is
/// no ratio at all. No winner is named there.
[[nodiscard]] inline Order order_of(TimeRatio const& speedup) {
  bool const inside = speedup.low <= 1 && speedup.high >= 1;
  if (inside || !std::isfinite(speedup.value)) return Order::equal;
  if (speedup.value > 1 + kEqualTimesRatio) return Order::quicker;
  return speedup.value * (1 + kEqualTimesRatio) < 1 ? Order::slower : Order::equal;
}

}  // namespace fluxscope
