#include "profiler/clock/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/statistics.hpp"

namespace fluxscope::profiler {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// b - a of two unsigned readings in either order.
double difference(std::uint64_t a, std::uint64_t b) {
  return b >= a ? static_cast<double>(b - a) : -static_cast<double>(a - b);
}

struct Means {
  double clock = 0;  ///< relative to the first anchor
  double time = 0;
};

Means means(std::span<ClockAnchor const> anchors) {
  Means mean;
  for (ClockAnchor const& anchor : anchors) {
    mean.clock += difference(anchors[0].clock_cyc, anchor.clock_cyc);
    mean.time += difference(anchors[0].globaltimer_ns, anchor.globaltimer_ns);
  }
  auto const n = static_cast<double>(anchors.size());
  return {mean.clock / n, mean.time / n};
}

}  // namespace

double ClockFit::at(std::uint64_t clock_cyc, std::uint64_t reference_ns) const {
  return difference(reference_ns, t0_ns) + offset_ns +
         slope_ns_per_cyc * difference(clk0_cyc, clock_cyc);
}

ClockFit fit_offset(std::span<ClockAnchor const> anchors, double slope_ns_per_cyc) {
  expects(!anchors.empty(), "a clock fit needs an anchor");
  Means const mean = means(anchors);
  ClockFit fit{.clk0_cyc = anchors[0].clock_cyc,
               .t0_ns = anchors[0].globaltimer_ns,
               .offset_ns = mean.time - slope_ns_per_cyc * mean.clock,
               .slope_ns_per_cyc = slope_ns_per_cyc,
               .anchors = static_cast<std::uint32_t>(anchors.size())};
  double squares = 0;
  for (ClockAnchor const& anchor : anchors) {
    double const residual = fit.at(anchor.clock_cyc, anchor.globaltimer_ns);
    squares += residual * residual;
  }
  fit.rms_ns = std::sqrt(squares / static_cast<double>(anchors.size()));
  return fit;
}

ClockFit fit_clock(std::span<ClockAnchor const> anchors) {
  expects(!anchors.empty(), "a clock fit needs an anchor");
  std::vector<ClockAnchor> const group(anchors.begin(), anchors.end());
  double const rate = 1;
  double const slope = fit_common_slope({&group, 1}, {&rate, 1});
  return fit_offset(anchors, slope);
}

double fit_common_slope(std::span<std::vector<ClockAnchor> const> groups,
                        std::span<double const> rate) {
  expects(groups.size() == rate.size(), "one rate per SM");
  double cross = 0;
  double squares = 0;
  for (std::size_t s = 0; s < groups.size(); ++s) {
    if (groups[s].empty()) continue;
    ClockAnchor const& first = groups[s][0];
    Means const mean = means(groups[s]);
    for (ClockAnchor const& anchor : groups[s]) {
      double const x = rate[s] * (difference(first.clock_cyc, anchor.clock_cyc) - mean.clock);
      double const y = difference(first.globaltimer_ns, anchor.globaltimer_ns) - mean.time;
      cross += x * y;
      squares += x * x;
    }
  }
  return squares > 0 ? cross / squares : kNaN;
}

double timer_tick_ns(std::span<std::uint64_t const> readings_ns) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < readings_ns.size(); ++i) {
    if (readings_ns[i] != readings_ns[i - 1]) {
      steps.push_back(difference(readings_ns[i - 1], readings_ns[i]));
    }
  }
  if (steps.empty()) return kNaN;
  // A step that the timer took, not a mean of two.
  auto const middle =
      steps.begin() + static_cast<std::ptrdiff_t>(nearest_rank(0.5, steps.size()) - 1);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

double smallest_step(std::span<std::uint64_t const> readings) {
  double smallest = kNaN;
  for (std::size_t i = 1; i < readings.size(); ++i) {
    smallest = std::fmin(smallest, difference(readings[i - 1], readings[i]));
  }
  return smallest;
}

}  // namespace fluxscope::profiler
