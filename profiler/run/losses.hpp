#pragma once

#include <cstdint>
#include <vector>

#include "profiler/cupti/activity_log.hpp"
#include "traces/record.hpp"

namespace fluxscope::profiler {

/// Everything that a run could have recorded and did not.
struct RunLosses {
  std::int64_t cases_left_out = 0;
  std::int64_t rows_left_out = 0;
  std::int64_t samples_throttled = 0;
  std::int64_t cases_within_l2 = 0;
  std::int64_t probe_records_dropped = 0;
  std::int64_t cta_rows_aggregated = 0;
  std::int64_t work_rows_aggregated = 0;
  std::int64_t warp_rows_aggregated = 0;
  std::int64_t counter_ranges_dropped = 0;
  std::int64_t launches_without_activity = 0;
  ActivityLosses activity;
};

/// A row per counter, zeros included.
[[nodiscard]] std::vector<traces::LossRecord> loss_records(RunLosses const& losses);

}  // namespace fluxscope::profiler
