#pragma once
// From a simulated launch to rows of a trace.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"
#include "sim/device/profile.hpp"
#include "sim/sm/launch_times.hpp"
#include "traces/record.hpp"

namespace fluxscope::sim {

/// Rows of one launch. Times are nanoseconds since the launch's begin, rounded down.
struct LaunchRows {
  traces::LaunchRecord launch;
  std::vector<traces::SmRecord> sms;  // [sm_count]
  std::vector<traces::CtaRecord> ctas;
  std::vector<traces::WorkRecord> work;  ///< where CTAs run several tiles
  std::vector<traces::TileRow> tiles;
  std::vector<traces::TileTimeRecord> tile_times;
  std::int64_t cta_rows_aggregated = 0;  ///< left out by the keep rule
  std::int64_t work_rows_aggregated = 0;
};

/// Whether CTA rows of a launch are kept: grid_ctas <= keep_cta_rows, and kv_len among
/// keep_contexts where that is not empty. The rule of `profile`.
[[nodiscard]] bool keeps_cta_rows(plan::MeasureSettings const& settings, std::int32_t kv_len,
                                  std::int64_t grid_ctas);

[[nodiscard]] LaunchRows launch_rows(plan::WorkList const& list, LaunchTimes const& times,
                                     DeviceProfile const& profile, bool keep_ctas);

/// Durations by visited blocks: count, mean, min, p50, p99 (nearest rank), max.
[[nodiscard]] std::vector<traces::TileTimeRecord> tile_time_rows(std::span<plan::Tile const> tiles,
                                                                 std::span<TileSpan const> spans);

}  // namespace fluxscope::sim
