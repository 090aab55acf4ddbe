#pragma once
// Records of what ran where and when: launches, SMs, CTAs, tiles, warps.

#include <cstdint>
#include <string>

#include "traces/record/missing.hpp"
#include "traces/record/named.hpp"

namespace fluxscope::traces {

/// /launches: one kernel launch of one pass. Row index = launch_id.
struct LaunchRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t case_id = 0;  ///< kNoRow: a launch that no plan of fluxscope made
  std::uint32_t pass = 0;
  std::uint32_t repetition = 0;
  std::uint32_t index = 0;  ///< position in the case's launch list
  std::string op;           ///< free text: "prefill", "decode", "combine", "gather_kv", ...
  std::string counted_as = "other";  ///< "attention", "selection" or "other"
  std::string kernel;  ///< plain name, the same in every pass: "prefill_wgmma", "decode_split"
  std::string symbol;  ///< demangled name as CUPTI gives it (pass 1), else empty
  std::uint8_t probe_level = 0;
  std::int32_t grid_ctas = 0;
  std::int32_t threads_per_cta = 0;
  std::int32_t ctas_per_sm = 0;
  std::int32_t registers_per_thread = 0;
  std::int64_t smem_bytes = 0;
  std::int64_t start_ns = kMissingNs;  ///< CUPTI kernel record, or simulation
  std::int64_t end_ns = kMissingNs;
  std::int64_t first_cta_ns = kMissingNs;  ///< probe (or simulation)
  std::int64_t last_cta_ns = kMissingNs;
  std::uint64_t external_id = 0;  ///< case << 16 | pass << 8 | repetition
  std::uint64_t records_dropped = 0;
  std::uint32_t ctas_kept = 0;  ///< rows of /cta; fewer than grid_ctas only by the keep rule
  std::uint32_t warps_kept = 0;
  bool overlapped = false;  ///< another kernel ran beside it: not analysed
};

template <template <class> class Rows>
struct Named<LaunchRecord, Rows> {
  Rows<LaunchRecord> launches;
};

/// /sm: one SM in one probed or simulated launch. Every SM of the device has a row, used or not.
struct SmRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t sm = 0;
  std::int64_t first_in_ns = kMissingNs;  ///< missing: no CTA ran here
  std::int64_t last_out_ns = kMissingNs;
  std::int64_t busy_ns = 0;  ///< union of CTA-resident intervals
  std::uint32_t ctas = 0;
  std::int64_t slot_busy_ns = 0;  ///< sum of CTA lifetimes
  float u_ns = 0;                 ///< uncertainty of this SM's position on the common axis
};

template <template <class> class Rows>
struct Named<SmRecord, Rows> {
  Rows<SmRecord> sms;
};

/// /cta: lifetime of one CTA (level L0). Kept where the launch is within the keep rule.
struct CtaRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t cta = 0;
  std::uint32_t sm = 0;
  std::uint32_t tile = kNoRow;  ///< its only tile; kNoRow where it ran several (see /work)
  std::int64_t t_in_ns = 0;
  std::int64_t t_out_ns = 0;
};

template <template <class> class Rows>
struct Named<CtaRecord, Rows> {
  Rows<CtaRecord> ctas;
};

/// /work: execution of one tile where CTAs run several (persistent, balanced_split).
struct WorkRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t tile = 0;
  std::uint32_t cta = 0;
  std::uint32_t sm = 0;
  std::int64_t t_begin_ns = 0;
  std::int64_t t_end_ns = 0;
};

template <template <class> class Rows>
struct Named<WorkRecord, Rows> {
  Rows<WorkRecord> work;
};

/// /warp: lifetime of one warp, in cycles of its own SM since the CTA's first warp entered.
struct WarpRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t cta = 0;
  std::uint16_t warp = 0;
  std::uint32_t in_cyc = 0;
  std::uint32_t out_cyc = 0;
};

template <template <class> class Rows>
struct Named<WarpRecord, Rows> {
  Rows<WarpRecord> warps;
};

/// /tile_times: durations of all tiles of a probed or simulated launch, by visited blocks. Always
/// written, also where /cta is not kept: what calibration and the duration-work plot read.
struct TileTimeRecord {
  std::uint32_t launch_id = 0;
  std::int32_t visited_blocks = 0;
  std::uint32_t count = 0;
  double mean_ns = 0;
  double min_ns = 0;
  double p50_ns = 0;
  double p99_ns = 0;
  double max_ns = 0;
};

template <template <class> class Rows>
struct Named<TileTimeRecord, Rows> {
  Rows<TileTimeRecord> tile_times;
};

}  // namespace fluxscope::traces
