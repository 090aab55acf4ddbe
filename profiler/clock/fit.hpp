#pragma once
// Affine clock models: global time against one SM's cycle counter. Pure host code.

#include <cstdint>
#include <span>
#include <vector>

namespace fluxscope::profiler {

/// globaltimer and clock64 read at one moment on one SM.
struct ClockAnchor {
  std::uint64_t globaltimer_ns = 0;
  std::uint64_t clock_cyc = 0;
  std::uint32_t sm = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(ClockAnchor) == 24, "device and host share the layout");

/// t_ns = t0_ns + slope * (clock - clk0_cyc). t0 and clk0 are those of the first anchor, so that
/// no digit of a 1.8e18 ns timer is lost in a double.
struct ClockFit {
  std::uint64_t clk0_cyc = 0;
  std::uint64_t t0_ns = 0;      ///< of the first anchor, as read
  double offset_ns = 0;         ///< fitted value at clk0 minus t0_ns
  double slope_ns_per_cyc = 0;  ///< NaN where the anchors do not span a cycle
  double rms_ns = 0;            ///< of the residuals
  std::uint32_t anchors = 0;

  /// Global time of `clock_cyc`, ns after `reference_ns`.
  [[nodiscard]] double at(std::uint64_t clock_cyc, std::uint64_t reference_ns) const;
};

/// Least squares over the anchors of one SM. A single anchor, or anchors at one moment, give slope
/// NaN. Throws ContractError for none.
[[nodiscard]] ClockFit fit_clock(std::span<ClockAnchor const> anchors);

/// The same with a given slope: only the offset is fitted.
[[nodiscard]] ClockFit fit_offset(std::span<ClockAnchor const> anchors, double slope_ns_per_cyc);

/// One slope for many SMs, each with its own offset: least squares on anchors centred per SM, with
/// clock differences of SM s scaled by rate[s] first (relative rates from a calibration; 1 where
/// alike). groups[s]: anchors of SM s, may be empty. NaN where nothing spans a cycle.
[[nodiscard]] double fit_common_slope(std::span<std::vector<ClockAnchor> const> groups,
                                      std::span<double const> rate);

/// Median of the differences of consecutive distinct timer values; NaN for fewer than two.
[[nodiscard]] double timer_tick_ns(std::span<std::uint64_t const> readings_ns);

/// Smallest difference of consecutive readings; NaN for fewer than two.
[[nodiscard]] double smallest_step(std::span<std::uint64_t const> readings);

}  // namespace fluxscope::profiler
