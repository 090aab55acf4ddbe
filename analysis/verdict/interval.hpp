#pragma once
// Times with their intervals, and what may be said of two of them.

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/speedup.hpp"

namespace fluxscope::analysis {

/// What the interval of a time is.
enum class IntervalKind : std::uint8_t {
  samples,  ///< measured: shortest and longest sample of one run, over all places on the chip
  model,    ///< simulated: 90 % interval of one model, whose error all its times share
};

/// Of RunInfo::source.
[[nodiscard]] IntervalKind interval_kind(std::string_view source);

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
[[nodiscard]] TimeRatio time_ratio(TimeInterval const& numerator, TimeInterval const& denominator,
                                   IntervalKind kind);

/// What a speed-up says of the run that it is the speed-up of.
enum class Order : std::uint8_t { slower, equal, quicker };

/// equal: the interval holds 1, or the times are within kEqualTimesRatio of each other, or there is
/// no ratio at all. No winner is named there.
[[nodiscard]] Order order_of(TimeRatio const& speedup);
[[nodiscard]] std::string_view order_name(Order order);

/// The weaker of two CaseRecord::provenance words: measured, calibrated, interpolated,
/// extrapolated, transferred; "" (not stated) is weakest.
[[nodiscard]] std::string_view weaker_provenance(std::string_view a, std::string_view b);

}  // namespace fluxscope::analysis
