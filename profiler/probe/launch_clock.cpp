#include "profiler/probe/launch_clock.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fluxscope::profiler {
namespace {

constexpr double kFineTickNs = 64;

std::size_t distinct_readings(std::vector<ClockAnchor> const& anchors) {
  std::vector<std::uint64_t> readings;
  for (ClockAnchor const& anchor : anchors) readings.push_back(anchor.globaltimer_ns);
  std::sort(readings.begin(), readings.end());
  return static_cast<std::size_t>(std::unique(readings.begin(), readings.end()) - readings.begin());
}

}  // namespace

bool entered(kernels::WarpRecord const& warp) { return warp.in_globaltimer_ns != 0; }

bool ended(kernels::WarpRecord const& warp) {
  return entered(warp) && warp.out_globaltimer_ns != 0;
}

LaunchClock::LaunchClock(std::span<kernels::WarpRecord const> warps,
                         ClockCalibration const& calibration, double tick_ns)
    : fine_(tick_ns <= kFineTickNs),
      reference_ns_(calibration.reference_ns),
      rates_(calibration.relative_rates()) {
  std::vector<std::vector<ClockAnchor>> anchors(rates_.size());
  for (kernels::WarpRecord const& warp : warps) {
    if (!ended(warp)) continue;
    auto& group = anchors.at(warp.sm);
    group.push_back({warp.in_globaltimer_ns, warp.in_clock_cyc, warp.sm, 0});
    group.push_back({warp.out_globaltimer_ns, warp.out_clock_cyc, warp.sm, 0});
  }
  slope_ = fit_common_slope(anchors, rates_);
  double const tick_sigma = tick_ns / std::sqrt(12.0);
  u_ns_.assign(rates_.size(), tick_sigma);
  if (fine_) return;
  offsets_.resize(rates_.size());
  for (std::size_t sm = 0; sm < rates_.size(); ++sm) {
    if (anchors[sm].empty()) continue;
    offsets_[sm] = fit_offset(anchors[sm], slope_ * rates_[sm]);
    // Anchors within one tick share its error: only distinct readings count.
    double const spread = std::max(tick_sigma, offsets_[sm].rms_ns);
    u_ns_[sm] = spread / std::sqrt(static_cast<double>(distinct_readings(anchors[sm])));
  }
}

std::int64_t LaunchClock::on_axis(std::uint64_t globaltimer_ns) const {
  return static_cast<std::int64_t>(globaltimer_ns - reference_ns_);
}

std::int64_t LaunchClock::entry_ns(kernels::WarpRecord const& warp) const {
  if (fine_) return on_axis(warp.in_globaltimer_ns);
  return std::llround(offsets_.at(warp.sm).at(warp.in_clock_cyc, reference_ns_));
}

std::int64_t LaunchClock::exit_ns(kernels::WarpRecord const& warp) const {
  if (fine_) return on_axis(warp.out_globaltimer_ns);
  return std::llround(offsets_.at(warp.sm).at(warp.out_clock_cyc, reference_ns_));
}

std::int64_t LaunchClock::inside_ns(kernels::WarpRecord const& warp,
                                    std::uint64_t clock_cyc) const {
  if (!fine_) return std::llround(offsets_.at(warp.sm).at(clock_cyc, reference_ns_));
  auto const life_cyc = static_cast<double>(warp.out_clock_cyc - warp.in_clock_cyc);
  if (life_cyc <= 0) return on_axis(warp.in_globaltimer_ns);
  auto const life_ns = static_cast<double>(warp.out_globaltimer_ns - warp.in_globaltimer_ns);
  auto const passed_cyc = static_cast<double>(
      std::clamp(clock_cyc, warp.in_clock_cyc, warp.out_clock_cyc) - warp.in_clock_cyc);
  return on_axis(warp.in_globaltimer_ns) + std::llround(life_ns * passed_cyc / life_cyc);
}

}  // namespace fluxscope::profiler
