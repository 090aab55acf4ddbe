#pragma once
// From what the in-kernel probe wrote to rows of the trace. Pure host code.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/device/probe_record.hpp"
#include "plan/layer/tile.hpp"
#include "profiler/probe/launch_clock.hpp"
#include "runs/launch/sm_rows.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

/// One probed launch as it came back from the device.
struct ProbedLaunch {
  std::uint32_t launch_id = 0;
  std::uint32_t grid_ctas = 0;
  std::uint32_t warps_per_cta = 0;
  std::span<kernels::WarpRecord const> warps;  // [grid_ctas, warps_per_cta], or shorter
  std::span<kernels::TileRecord const> tiles;  // [tiles], or shorter
  std::span<plan::Tile const> plan_tiles;      // [tiles]
  bool one_tile_per_cta = true;                ///< by the scheduler of the launch
};

struct LaunchTimeline {
  std::vector<traces::SmRecord> sms;  // [sm_count]
  std::vector<traces::CtaRecord> ctas;
  std::vector<traces::WorkRecord> work;  ///< empty under one_tile_per_cta
  std::vector<traces::WarpRecord> warps;
  std::vector<traces::TileTimeRecord> tile_times;
  runs::CtaWindow window;
  std::uint64_t dropped = 0;  ///< warps beyond capacity, without an end, or on an unknown SM;
                              ///< tile records tried and not written
  double busy_mean_cyc = 0;   ///< over all SMs, by the launch's own cycle time
  double busy_max_cyc = 0;
};

/// A CTA lives from its first warp's entry to its last warp's exit; an SM is busy in the union of
/// its CTAs' lives. Tile durations are cycle differences times the launch's cycle time on that SM;
/// their summary is rounded to whole nanoseconds.
[[nodiscard]] LaunchTimeline decode_probe(ProbedLaunch const& launch,
                                          ClockCalibration const& calibration, double tick_ns);

}  // namespace fluxscope::profiler
