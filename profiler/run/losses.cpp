#include "profiler/run/losses.hpp"

namespace fluxscope::profiler {

std::vector<traces::LossRecord> loss_records(RunLosses const& losses) {
  auto const count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  ActivityLosses const& activity = losses.activity;
  return {
      {"cases_left_out", losses.cases_left_out, "cases outside --cases or --limit"},
      {"rows_left_out", losses.rows_left_out, "policy rows with a case that was left out"},
      {"samples_throttled", losses.samples_throttled,
       "timings taken while heat or the hardware held the clock down; kept in /samples"},
      {"cases_within_l2", losses.cases_within_l2,
       "cases timed on fewer data copies than twice the L2 cache, for want of memory"},
      {"probe_records_dropped", losses.probe_records_dropped,
       "warp and tile records that the in-kernel probe could not write"},
      {"cta_rows_aggregated", losses.cta_rows_aggregated,
       "CTA lives that went into /sm and /tile_times only, by the keep rule"},
      {"work_rows_aggregated", losses.work_rows_aggregated,
       "tile executions that went into /tile_times only, by the keep rule"},
      {"warp_rows_aggregated", losses.warp_rows_aggregated,
       "warp lives that went into their CTA's only, by the keep rule"},
      {"counter_ranges_dropped", losses.counter_ranges_dropped,
       "launches whose counters CUPTI dropped"},
      {"launches_without_activity", losses.launches_without_activity,
       "launches of pass 1 without a kernel record"},
      {"cupti_records_dropped", count(activity.dropped_records),
       "activity records for which CUPTI found no buffer"},
      {"cupti_buffers_rejected", count(activity.rejected_buffers),
       "activity buffers that could not be allocated"},
      {"cupti_zero_timestamps", count(activity.zero_timestamps),
       "kernel records without times (CUPTI's device memory was full)"},
      {"cupti_unknown_kinds", count(activity.unknown_kinds),
       "activity records of a kind that is not read"},
      {"cupti_unmatched_kernels", count(activity.unmatched_kernels),
       "kernels outside every case: fills and clock anchors"},
      {"nvtx_unmatched", count(activity.unmatched_markers),
       "NVTX ranges with only a begin or only an end"},
      {"api_calls_not_kept", count(activity.other_api_calls),
       "CUDA API calls that launched nothing of a case"},
  };
}

}  // namespace fluxscope::profiler
