#include "analysis/verdict/interval.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace fluxscope::analysis {

IntervalKind interval_kind(std::string_view source) {
  return source == "simulated" ? IntervalKind::model : IntervalKind::samples;
}

TimeRatio time_ratio(TimeInterval const& numerator, TimeInterval const& denominator,
                     IntervalKind kind) {
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

Order order_of(TimeRatio const& speedup) {
  bool const inside = speedup.low <= 1 && speedup.high >= 1;
  if (inside || !std::isfinite(speedup.value)) return Order::equal;
  if (speedup.value > 1 + kEqualTimesRatio) return Order::quicker;
  return speedup.value * (1 + kEqualTimesRatio) < 1 ? Order::slower : Order::equal;
}

std::string_view order_name(Order order) {
  constexpr std::array<std::string_view, 3> kNames = {"slower", "equal", "quicker"};
  return kNames.at(static_cast<std::size_t>(order));
}

std::string_view weaker_provenance(std::string_view a, std::string_view b) {
  constexpr std::array<std::string_view, 5> kStrongestFirst = {
      "measured", "calibrated", "interpolated", "extrapolated", "transferred"};
  auto const rank = [&](std::string_view word) {
    return std::find(kStrongestFirst.begin(), kStrongestFirst.end(), word);
  };
  return rank(a) < rank(b) ? b : a;
}

}  // namespace fluxscope::analysis
