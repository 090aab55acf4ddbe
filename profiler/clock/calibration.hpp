#pragma once
// Measures the clocks of the current device.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <vector>

#include "profiler/clock/fit.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

/// Per-SM clock models and the origin of the trace's time axis.
struct ClockCalibration {
  std::uint64_t reference_ns = 0;  ///< globaltimer value that is 0 on the trace's axis
  std::vector<ClockFit> sms;       ///< [sm_count]; anchors == 0 where no CTA landed on the SM
  /// Slope of each SM over the mean slope; 1 where an SM has no fit.
  [[nodiscard]] std::vector<double> relative_rates() const;
  [[nodiscard]] double mean_slope_ns_per_cyc() const;
  [[nodiscard]] std::vector<traces::SmClockRecord> records() const;
};

/// Step of globaltimer in ns, and the smallest difference of two clock64 reads in cycles.
struct TimerFacts {
  double globaltimer_tick_ns = 0;
  double clock64_read_floor_cyc = 0;
};

[[nodiscard]] TimerFacts measure_timers(cudaStream_t stream);

/// 256 tick-edge anchors per SM, 8 us apart (about 2 ms). Waits for the stream.
[[nodiscard]] ClockCalibration calibrate_clocks(int sm_count, cudaStream_t stream);

/// Groups anchors by SM and fits each. Pure; reference_ns is the earliest anchor.
[[nodiscard]] ClockCalibration fit_all_sms(std::vector<ClockAnchor> const& anchors, int sm_count);

}  // namespace fluxscope::profiler
