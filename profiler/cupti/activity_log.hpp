#pragma once
// CUPTI activity records turned into rows. Pure: fed with fake records in the tests.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "profiler/cupti/table.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

/// One kernel as CUPTI saw it. Times in ns on CUPTI's clock.
struct KernelActivity {
  std::uint64_t external_id = 0;   ///< of its LaunchTag; 0: launched outside any
  std::uint32_t launch_index = 0;  ///< position in the case; second correlation kind
  std::uint32_t correlation = 0;
  std::string name;  ///< demangled
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int32_t grid_ctas = 0;
  std::int32_t threads_per_cta = 0;
  std::int32_t registers_per_thread = 0;
  std::int64_t smem_bytes = 0;
  bool overlapped = false;  ///< another kernel ran during part of it
};

struct ActivityLosses {
  std::uint64_t dropped_records = 0;    ///< CUPTI found no buffer
  std::uint64_t zero_timestamps = 0;    ///< kernels without times (CUPTI's device pool was full)
  std::uint64_t unknown_kinds = 0;      ///< records of a kind this program does not read
  std::uint64_t unmatched_kernels = 0;  ///< kernels of this program without an external id
  /// Kernels of other code in this process, such as a preloaded library. CUPTI does not see other
  /// processes.
  std::uint64_t foreign_kernels = 0;
  std::uint64_t unmatched_markers = 0;  ///< NVTX ends without a begin and begins without an end
  std::uint64_t rejected_buffers = 0;   ///< buffers that could not be allocated
  std::uint64_t other_api_calls = 0;    ///< API calls outside every external id: not kept
};

/// Name of a runtime API call, from cuptiGetCallbackName.
using ApiNamer = std::string (*)(CuptiTable const& cupti, std::uint32_t callback_id);
[[nodiscard]] std::string runtime_api_name(CuptiTable const& cupti, std::uint32_t callback_id);

/// Collects records in any order; finish() joins them.
class ActivityLog {
 public:
  ActivityLog(CuptiTable const& cupti, ApiNamer namer) : cupti_(cupti), namer_(namer) {}

  void add(CUpti_Activity const& record);

  /// Joins kernels and API calls with their external ids, flags kernels that overlap another one
  /// and counts what found no partner. Call once, after the last record.
  void finish();

  [[nodiscard]] std::vector<KernelActivity> const& kernels() const { return kernels_; }
  /// API calls made under an external id, NVTX ranges and CUPTI's own overheads, by start.
  [[nodiscard]] std::vector<traces::ActivityRecord> const& rows() const { return rows_; }
  [[nodiscard]] ActivityLosses& losses() { return losses_; }
  [[nodiscard]] ActivityLosses const& losses() const { return losses_; }

 private:
  struct OpenMarker {
    std::string name;
    std::int64_t start_ns;
  };

  void add_kernel(CUpti_ActivityKernel10 const& record);
  void add_api(CUpti_ActivityAPI const& record);
  void add_marker(CUpti_ActivityMarker2 const& record);
  void add_overhead(CUpti_ActivityOverhead3 const& record);
  void add_correlation(CUpti_ActivityExternalCorrelation const& record);
  void flag_overlaps();

  CuptiTable const& cupti_;
  ApiNamer namer_;
  std::vector<KernelActivity> kernels_;
  std::vector<traces::ActivityRecord> rows_;
  std::vector<std::pair<std::uint32_t, traces::ActivityRecord>> api_calls_;  // callback id, row
  std::map<std::uint32_t, std::uint64_t> case_ids_;    // correlation -> external id
  std::map<std::uint32_t, std::uint64_t> launch_ids_;  // correlation -> launch index
  std::map<std::uint32_t, OpenMarker> open_markers_;
  std::map<std::uint32_t, std::int64_t> early_ends_;  // marker ends that came before their begin
  ActivityLosses losses_;
};

}  // namespace fluxscope::profiler
