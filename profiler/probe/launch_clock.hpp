#pragma once
// Places the probe records of one launch on the common time axis. Pure host code.
//
// SM clocks move between launches (power, temperature), so a launch is not dated with the rates of
// the calibration run: its own records carry (globaltimer, clock64) pairs at every warp's entry and
// exit. Two ways, chosen by the step of globaltimer:
//   fine (step <= 64 ns: Hopper)  the globaltimer readings themselves are the times, since the
//     timer is common to all SMs; a moment inside a CTA is interpolated between its own pairs.
//     A change of clock during the launch does no harm.
//   coarse (A100: 1024 ns)  one slope for the launch, least squares over all SMs' pairs scaled by
//     the calibration's relative rates, and one offset per SM. Assumes a steady clock during the
//     launch; a change shows in the SM's residual, which is part of the uncertainty.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/device/probe_record.hpp"
#include "profiler/clock/calibration.hpp"

namespace fluxscope::profiler {

class LaunchClock {
 public:
  /// `warps`: records of the launch; those that never ran or never ended give no anchors.
  LaunchClock(std::span<kernels::WarpRecord const> warps, ClockCalibration const& calibration,
              double tick_ns);

  [[nodiscard]] bool fine() const { return fine_; }
  /// Mean cycle time during the launch, all SMs; NaN where no warp ended.
  [[nodiscard]] double slope_ns_per_cyc() const { return slope_; }
  [[nodiscard]] double slope_ns_per_cyc(std::uint32_t sm) const { return slope_ * rates_.at(sm); }
  /// ns on the trace's axis.
  [[nodiscard]] std::int64_t entry_ns(kernels::WarpRecord const& warp) const;
  [[nodiscard]] std::int64_t exit_ns(kernels::WarpRecord const& warp) const;
  /// A moment between entry and exit of `warp`, by its SM's cycle counter.
  [[nodiscard]] std::int64_t inside_ns(kernels::WarpRecord const& warp,
                                       std::uint64_t clock_cyc) const;
  /// Standard uncertainty of a time of this SM against the other SMs.
  [[nodiscard]] double uncertainty_ns(std::uint32_t sm) const { return u_ns_.at(sm); }

 private:
  [[nodiscard]] std::int64_t on_axis(std::uint64_t globaltimer_ns) const;

  bool fine_;
  std::uint64_t reference_ns_;
  double slope_ = 0;
  std::vector<double> rates_;      // [sm_count]
  std::vector<ClockFit> offsets_;  // [sm_count], coarse only
  std::vector<double> u_ns_;       // [sm_count]
};

/// True where the warp wrote its entry / its entry and its exit.
[[nodiscard]] bool entered(kernels::WarpRecord const& warp);
[[nodiscard]] bool ended(kernels::WarpRecord const& warp);

}  // namespace fluxscope::profiler
