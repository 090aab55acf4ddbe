#include "runs/losses.hpp"

#include <string>

namespace fluxscope::runs {

std::vector<LossInfo> const& loss_table() {
  using enum Loss;
  static std::vector<LossInfo> const kTable = {
      {cases_left_out, "cases_left_out", "cases outside --cases or --limit"},
      {rows_left_out, "rows_left_out", "policy rows with a case that was left out"},
      {other_gpu_processes, "other_gpu_processes",
       "other processes seen on the GPU, which take time from every pass"},
      {samples_throttled, "samples_throttled",
       "timings taken while heat or the hardware held the clock down; kept in /samples"},
      {cases_within_l2, "cases_within_l2",
       "cases timed on fewer data copies than twice the L2 cache, for want of memory"},
      {probe_records_dropped, "probe_records_dropped",
       "warp and tile records that the in-kernel probe could not write"},
      {cta_rows_aggregated, "cta_rows_aggregated",
       "CTA lives that went into /sm and /tile_times only, by the keep rule", true},
      {work_rows_aggregated, "work_rows_aggregated",
       "tile executions that went into /tile_times only, by the keep rule", true},
      {warp_rows_aggregated, "warp_rows_aggregated",
       "warp lives that went into their CTA's only, by the keep rule"},
      {counter_ranges_dropped, "counter_ranges_dropped", "launches whose counters CUPTI dropped"},
      {launches_without_activity, "launches_without_activity",
       "launches of the activity pass without a kernel record"},
      {cupti_records_dropped, "cupti_records_dropped",
       "activity records for which CUPTI found no buffer"},
      {cupti_buffers_rejected, "cupti_buffers_rejected",
       "activity buffers that could not be allocated"},
      {cupti_zero_timestamps, "cupti_zero_timestamps",
       "kernel records without times (CUPTI's device memory was full)"},
      {cupti_unknown_kinds, "cupti_unknown_kinds", "activity records of a kind that is not read"},
      {cupti_unmatched_kernels, "cupti_unmatched_kernels",
       "kernels outside every case: fills and clock anchors"},
      {foreign_kernels, "foreign_kernels",
       "kernels of the activity pass in this process that are not this program's"},
      {nvtx_unmatched, "nvtx_unmatched", "NVTX ranges with only a begin or only an end"},
      {api_calls_not_kept, "api_calls_not_kept", "CUDA API calls that launched nothing of a case"},
  };
  return kTable;
}

void Losses::add(Losses const& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

std::vector<traces::LossRecord> Losses::records(bool simulated) const {
  std::vector<traces::LossRecord> rows;
  for (LossInfo const& one : loss_table()) {
    if (simulated && !one.simulated) continue;
    rows.push_back({std::string(one.name), count(one.loss), std::string(one.meaning)});
  }
  return rows;
}

}  // namespace fluxscope::runs
