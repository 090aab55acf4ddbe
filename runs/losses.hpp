#pragma once
// What a run could have recorded and did not.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::runs {

enum class Loss : std::uint8_t {
  cases_left_out,
  rows_left_out,
  other_gpu_processes,
  samples_throttled,
  cases_within_l2,
  probe_records_dropped,
  cta_rows_aggregated,
  work_rows_aggregated,
  warp_rows_aggregated,
  counter_ranges_dropped,
  launches_without_activity,
  cupti_records_dropped,
  cupti_buffers_rejected,
  cupti_zero_timestamps,
  cupti_unknown_kinds,
  cupti_unmatched_kernels,
  foreign_kernels,
  nvtx_unmatched,
  api_calls_not_kept,
};

struct LossInfo {
  Loss loss = Loss::cases_left_out;
  std::string_view name;
  std::string_view meaning;
  bool simulated = false;  ///< a simulated run can lose it too
};

/// In the order of the enumeration: [losses].
[[nodiscard]] std::vector<LossInfo> const& loss_table();

/// A counter for each.
class Losses {
 public:
  void add(Loss loss, std::int64_t count = 1) { counts_[place(loss)] += count; }
  void add(Losses const& other);
  [[nodiscard]] std::int64_t count(Loss loss) const { return counts_[place(loss)]; }

  /// A row per counter, zeros included; `simulated`: only those that a simulated run can lose.
  [[nodiscard]] std::vector<traces::LossRecord> records(bool simulated = false) const;

 private:
  static constexpr std::size_t kLosses = static_cast<std::size_t>(Loss::api_calls_not_kept) + 1;
  static constexpr std::size_t place(Loss loss) { return static_cast<std::size_t>(loss); }

  std::array<std::int64_t, kLosses> counts_{};
};

}  // namespace fluxscope::runs
