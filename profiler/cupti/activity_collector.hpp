#pragma once
// CUPTI activity records of a stretch of the program.

#include <cstdint>

#include "profiler/cupti/activity_log.hpp"
#include "profiler/cupti/table.hpp"

namespace fluxscope::profiler {

/// Between construction and finish(), CUPTI records kernels, runtime API calls, NVTX ranges,
/// external ids and its own overhead. One at a time in a process (CUPTI's callbacks carry no user
/// data): a second is a ContractError. Throws CuptiError where a kind cannot be enabled.
class ActivityCollector {
 public:
  explicit ActivityCollector(CuptiTable const& cupti);
  ~ActivityCollector();
  ActivityCollector(ActivityCollector const&) = delete;
  ActivityCollector& operator=(ActivityCollector const&) = delete;

  /// Waits for no GPU work: synchronise first. Disables all kinds, flushes, counts the drops and
  /// joins the records.
  [[nodiscard]] ActivityLog finish();

 private:
  void disable() noexcept;

  CuptiTable const& cupti_;
  bool enabled_ = false;
};

/// Kernels launched by this thread during the scope carry (external id, launch index).
class LaunchTag {
 public:
  LaunchTag(CuptiTable const& cupti, std::uint64_t id, std::uint32_t launch_index);
  ~LaunchTag();
  LaunchTag(LaunchTag const&) = delete;
  LaunchTag& operator=(LaunchTag const&) = delete;

 private:
  CuptiTable const& cupti_;
};

}  // namespace fluxscope::profiler
