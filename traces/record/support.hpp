#pragma once
// Records of how a run was measured, and what of it was lost.

#include <cstdint>
#include <string>

#include "traces/record/missing.hpp"
#include "traces/record/named.hpp"

namespace fluxscope::traces {

/// /counters
struct CounterRecord {
  std::uint32_t case_id = 0;
  std::uint32_t launch_index = 0;
  std::string name;  ///< hardware name, e.g. sm__cycles_active.avg
  double value = 0;
  std::string unit;
  std::uint32_t passes = 0;
};

template <template <class> class Rows>
struct Named<CounterRecord, Rows> {
  Rows<CounterRecord> counters;
};

/// /activity: CUPTI API calls and NVTX ranges.
struct ActivityRecord {
  std::string kind;  ///< "api", "nvtx", "overhead"
  std::string name;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint32_t correlation = 0;
};

template <template <class> class Rows>
struct Named<ActivityRecord, Rows> {
  Rows<ActivityRecord> activity;
};

/// /overheads: cost of probing, from interleaved runs.
struct OverheadRecord {
  std::uint32_t case_id = 0;
  std::uint8_t probe_level = 0;
  double overhead_ratio = 0;  ///< probed / unprobed - 1
  bool occupancy_changed = false;
};

template <template <class> class Rows>
struct Named<OverheadRecord, Rows> {
  Rows<OverheadRecord> overheads;
};

/// /crosschecks: the same quantity by two instruments.
struct CrosscheckRecord {
  std::uint32_t case_id = 0;
  std::uint32_t launch_index = 0;
  std::string name;  ///< e.g. sm_busy_mean, cupti_span
  double probe_value = 0;
  double other_value = 0;
  std::string unit;
  std::string note;  ///< why they may differ; empty within 5 %
};

template <template <class> class Rows>
struct Named<CrosscheckRecord, Rows> {
  Rows<CrosscheckRecord> crosschecks;
};

/// /clock/sm: t_ns = t0_ns + slope_ns_per_cyc * (clock64 - clk0_cyc).
struct SmClockRecord {
  std::uint32_t sm = 0;
  double slope_ns_per_cyc = 0;
  std::uint64_t clk0_cyc = 0;
  std::int64_t t0_ns = 0;
  double rms_ns = 0;
  std::uint32_t anchors = 0;
};

template <template <class> class Rows>
struct Named<SmClockRecord, Rows> {
  Rows<SmClockRecord> sm_clocks;
};

/// /device/sm: where an SM lies. kNoRow where it is not known.
struct SmPlaceRecord {
  std::uint32_t sm = 0;
  std::uint32_t gpc = kNoRow;           ///< by number of its lowest SM
  std::uint32_t memory_group = kNoRow;  ///< SMs that share a path to memory
  std::uint32_t fill_rank = kNoRow;     ///< which CTA of a launch it got, of one per SM
};

template <template <class> class Rows>
struct Named<SmPlaceRecord, Rows> {
  Rows<SmPlaceRecord> sm_places;
};

/// /passes: what was measured and, where not, why not.
struct PassRecord {
  std::uint32_t pass = 0;  ///< number of a Pass (traces/pass.hpp)
  std::string name;
  bool present = false;
  std::string reason;  ///< empty where present
};

template <template <class> class Rows>
struct Named<PassRecord, Rows> {
  Rows<PassRecord> passes;
};

/// /loss: everything that could have been recorded and was not. Always written, zeros included.
struct LossRecord {
  std::string name;
  std::int64_t count = 0;
  std::string meaning;
};

template <template <class> class Rows>
struct Named<LossRecord, Rows> {
  Rows<LossRecord> losses;
};

}  // namespace fluxscope::traces
