#include "profiler/clock/calibration.hpp"

#include <algorithm>
#include <cmath>

#include "base/cuda/buffer.hpp"
#include "base/error.hpp"
#include "profiler/clock/anchor.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::uint32_t kAnchorsPerSm = 256;
constexpr std::uint64_t kAnchorGapNs = 8000;
constexpr std::uint32_t kReadings = 256;

template <class T>
std::vector<T> copy_back(DeviceBuffer<T> const& buffer, std::size_t count, cudaStream_t stream) {
  std::vector<T> host(count);
  FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(host.data(), buffer.data(), count * sizeof(T),
                                       cudaMemcpyDeviceToHost, stream));
  FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream));
  return host;
}

}  // namespace

double ClockCalibration::mean_slope_ns_per_cyc() const {
  double sum = 0;
  int count = 0;
  for (ClockFit const& fit : sms) {
    if (fit.anchors < 2) continue;
    sum += fit.slope_ns_per_cyc;
    ++count;
  }
  return sum / count;
}

std::vector<double> ClockCalibration::relative_rates() const {
  double const mean = mean_slope_ns_per_cyc();
  std::vector<double> rates;
  for (ClockFit const& fit : sms) {
    rates.push_back(fit.anchors < 2 ? 1.0 : fit.slope_ns_per_cyc / mean);
  }
  return rates;
}

std::vector<traces::SmClockRecord> ClockCalibration::records() const {
  std::vector<traces::SmClockRecord> rows;
  for (std::uint32_t sm = 0; sm < sms.size(); ++sm) {
    ClockFit const& fit = sms[sm];
    if (fit.anchors == 0) continue;
    rows.push_back({.sm = sm,
                    .slope_ns_per_cyc = fit.slope_ns_per_cyc,
                    .clk0_cyc = fit.clk0_cyc,
                    .t0_ns = std::llround(fit.at(fit.clk0_cyc, reference_ns)),
                    .rms_ns = fit.rms_ns,
                    .anchors = fit.anchors});
  }
  return rows;
}

TimerFacts measure_timers(cudaStream_t stream) {
  DeviceBuffer<std::uint64_t> timer(kReadings);
  DeviceBuffer<std::uint64_t> clock(kReadings);
  launch_clock_readings(timer.data(), clock.data(), kReadings, stream);  // loads the code
  launch_clock_readings(timer.data(), clock.data(), kReadings, stream);
  return {timer_tick_ns(copy_back(timer, kReadings, stream)),
          smallest_step(copy_back(clock, kReadings, stream))};
}

ClockCalibration calibrate_clocks(int sm_count, cudaStream_t stream) {
  auto const count = static_cast<std::size_t>(sm_count) * kAnchorsPerSm;
  DeviceBuffer<ClockAnchor> anchors(count);
  launch_clock_anchors(anchors.data(), 2, kAnchorGapNs, sm_count, stream);  // loads the code
  launch_clock_anchors(anchors.data(), kAnchorsPerSm, kAnchorGapNs, sm_count, stream);
  return fit_all_sms(copy_back(anchors, count, stream), sm_count);
}

ClockCalibration fit_all_sms(std::vector<ClockAnchor> const& anchors, int sm_count) {
  expects(!anchors.empty() && sm_count > 0, "clock anchors of at least one SM");
  std::vector<std::vector<ClockAnchor>> groups(static_cast<std::size_t>(sm_count));
  ClockCalibration calibration;
  calibration.reference_ns = anchors[0].globaltimer_ns;
  for (ClockAnchor const& anchor : anchors) {
    calibration.reference_ns = std::min(calibration.reference_ns, anchor.globaltimer_ns);
    groups.at(anchor.sm).push_back(anchor);
  }
  for (auto const& group : groups) {
    calibration.sms.push_back(group.empty() ? ClockFit{} : fit_clock(group));
  }
  return calibration;
}

}  // namespace fluxscope::profiler
