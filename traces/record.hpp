#pragma once
// The records of a trace, schema v1. One struct per table; the file stores one column per field,
// under the field's name. Measured and simulated runs fill the same tables.
//
// Times are int64 nanoseconds on the trace's own axis (0 = Clock::t_ref) unless the name ends in
// _cyc. The simulator writes whole nanoseconds, uncertainty 0. Missing values: NaN for doubles,
// kMissingNs for times, empty for text; every dataset names its fill in an attribute.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace fluxscope::traces {

inline constexpr std::int64_t kMissingNs = std::numeric_limits<std::int64_t>::min();
inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

/// Root attributes.
struct RunInfo {
  std::string source;           ///< "measured" or "simulated"
  std::string creator_version;  ///< git hash of the writer
  std::string created;          ///< ISO 8601, UTC
  std::string host;
  std::string command_line;
  std::string experiment_name;
  std::string experiment_toml;  ///< the experiment file, whole
  std::string uuid;
  std::string comment;
};

/// Attributes of /device. Zero or empty where unknown (a simulated GPU has no driver).
struct DeviceInfo {
  std::string name;
  std::string chip;  ///< "GH100", "GA100"
  std::int32_t cc_major = 0;
  std::int32_t cc_minor = 0;
  std::int32_t sm_count = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t l2_bytes = 0;
  std::int64_t smem_optin_bytes = 0;
  std::int64_t sm_clock_max_hz = 0;
  std::int64_t memory_clock_hz = 0;
  std::int64_t hbm_bytes_per_s = 0;  ///< peak by the device's own report or profile
  std::int64_t bf16_flop_per_s = 0;  ///< dense peak: profile, or cores x clock
  std::string driver_version;
  std::string cuda_runtime_version;
  std::string cupti_version;
  std::string power_limit_w;
  std::string profile;  ///< simulated: device profile file and its provenance
  bool counters_privileged = false;
};

/// Attributes of /clock.
struct ClockInfo {
  double globaltimer_tick_ns_before_cupti = std::numeric_limits<double>::quiet_NaN();
  double globaltimer_tick_ns_after_cupti = std::numeric_limits<double>::quiet_NaN();
  double clock64_read_floor_cyc = std::numeric_limits<double>::quiet_NaN();
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

/// /passes: what was measured and, where not, why not.
struct PassRecord {
  std::uint32_t pass = 0;  ///< number of a Pass (traces/pass.hpp)
  std::string name;
  bool present = false;
  std::string reason;  ///< empty where present
};

/// /cases: one attention layer under one selection, execution and scheduler.
struct CaseRecord {
  std::uint32_t case_id = 0;  ///< row index
  std::string name;           ///< unique; the key that joins measured and simulated traces
  std::string phase;          ///< "prefill", "decode"
  std::string execution;
  std::string scheduler;
  std::string sparse_kind;  ///< selection of the sparse heads: "streaming", "triangle", "none", ...
  std::int32_t batch = 0;
  std::int32_t q_len = 0;   ///< largest of the batch
  std::int32_t kv_len = 0;  ///< largest of the batch
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  std::int32_t full_kv_heads = 0;  ///< KV heads on full attention; summed over the batch
  std::int32_t sink_tokens = 0;
  std::int32_t local_tokens = 0;
  std::int32_t last_tokens = 0;
  std::int32_t launches = 0;
  std::int64_t tiles = 0;  ///< of the attention launches
  std::int64_t longest_tile_blocks = 0;
  std::int64_t selected_blocks = 0;    ///< (query block, KV block) pairs per head, summed
  std::int64_t visited_blocks = 0;     ///< loaded pairs, masked-out ones included
  std::int64_t full_blocks = 0;        ///< the same layer with every head full
  std::int64_t kv_bytes_selected = 0;  ///< K and V bytes of the distinct selected KV blocks
  std::int64_t kv_bytes_held = 0;
  double time_ns = std::numeric_limits<double>::quiet_NaN();       ///< clean: median of pass timing
  double time_low_ns = std::numeric_limits<double>::quiet_NaN();   ///< first quartile / 90 % low
  double time_high_ns = std::numeric_limits<double>::quiet_NaN();  ///< third quartile / 90 % high
  std::string provenance;  ///< measured, interpolated, extrapolated, transferred
};

/// /samples: every raw timing of the passes timing and overhead.
struct SampleRecord {
  std::uint32_t case_id = 0;
  std::uint32_t pass = 0;
  std::uint32_t repetition = 0;
  std::uint8_t probe_level = 0;
  double time_ns = 0;  ///< one execution of the case (all its launches)
  double sm_clock_mhz = std::numeric_limits<double>::quiet_NaN();
  double power_w = std::numeric_limits<double>::quiet_NaN();
  bool dropped = false;  ///< throttled: kept here, left out of the median
  std::string drop_reason;
};

/// /launches: one kernel launch of one pass. Row index = launch_id.
struct LaunchRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t case_id = 0;
  std::uint32_t pass = 0;
  std::uint32_t repetition = 0;
  std::uint32_t index = 0;  ///< position in the case's launch list
  std::string op;           ///< "prefill", "decode", "combine", "gather_kv", "router"
  std::string kernel;       ///< demangled name; empty in a simulated trace
  std::uint8_t probe_level = 0;
  std::int32_t grid_ctas = 0;
  std::int32_t threads_per_cta = 0;
  std::int32_t ctas_per_sm = 0;
  std::int32_t registers_per_thread = 0;
  std::int64_t smem_bytes = 0;
  std::int64_t start_ns = kMissingNs;  ///< CUPTI kernel record
  std::int64_t end_ns = kMissingNs;
  std::int64_t first_cta_ns = kMissingNs;  ///< probe (or simulation)
  std::int64_t last_cta_ns = kMissingNs;
  std::uint64_t external_id = 0;  ///< case << 16 | pass << 8 | repetition
  std::uint64_t records_dropped = 0;
  std::uint32_t ctas_kept = 0;  ///< rows of /cta; fewer than grid_ctas only by the keep rule
  std::uint32_t warps_kept = 0;
  bool overlapped = false;  ///< another kernel ran beside it: not analysed
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

/// /cta: lifetime of one CTA (level L0). Kept where the launch is within the keep rule.
struct CtaRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t cta = 0;
  std::uint32_t sm = 0;
  std::uint32_t tile = kNoRow;  ///< its only tile; kNoRow where it ran several (see /work)
  std::int64_t t_in_ns = 0;
  std::int64_t t_out_ns = 0;
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

/// /warp: lifetime of one warp, in cycles of its own SM since the CTA's first warp entered.
struct WarpRecord {
  std::uint32_t launch_id = 0;
  std::uint32_t cta = 0;
  std::uint16_t warp = 0;
  std::uint32_t in_cyc = 0;
  std::uint32_t out_cyc = 0;
};

/// /tiles: the tile table of a kept launch list, one row per tile.
struct TileRow {
  std::uint32_t case_id = 0;
  std::uint32_t launch_index = 0;  ///< LaunchRecord::index
  std::uint32_t tile = 0;
  std::uint16_t seq = 0;
  std::uint16_t head = 0;
  std::uint16_t q_block = 0;
  std::uint16_t split = 0;
  std::uint16_t num_splits = 0;
  std::int32_t kv_begin = 0;  ///< first KV block after the sink, or first list entry
  std::int32_t sink_count = 0;
  std::int32_t visited_blocks = 0;
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

/// /activity: CUPTI API calls and NVTX ranges.
struct ActivityRecord {
  std::string kind;  ///< "api", "nvtx", "overhead"
  std::string name;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint32_t correlation = 0;
};

/// /counters
struct CounterRecord {
  std::uint32_t case_id = 0;
  std::uint32_t launch_index = 0;
  std::string name;  ///< hardware name, e.g. sm__cycles_active.avg
  double value = 0;
  std::string unit;
  std::uint32_t passes = 0;
};

/// /rows: one line of the head-against-layer table: a policy over a whole model.
struct RowRecord {
  std::uint32_t row_id = 0;
  std::string policy;  ///< full, flux, head_dynamic, duo, ...
  std::string level;   ///< "full", "layer", "head"
  double msr_ratio = 0;
  std::string phase;
  std::int32_t batch = 0;
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;
  std::string execution;  ///< of the layers that have a choice
  std::string scheduler;
};

/// /row_layers: which case each layer of a row is.
struct RowLayerRecord {
  std::uint32_t row_id = 0;
  std::uint32_t layer = 0;
  std::uint32_t case_id = 0;
};

/// /overheads: cost of probing, from interleaved runs.
struct OverheadRecord {
  std::uint32_t case_id = 0;
  std::uint8_t probe_level = 0;
  double overhead_ratio = 0;  ///< probed / unprobed - 1
  bool occupancy_changed = false;
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

/// /loss: everything that could have been recorded and was not. Always written, zeros included.
struct LossRecord {
  std::string name;
  std::int64_t count = 0;
  std::string meaning;
};

/// A whole trace in memory.
struct Trace {
  RunInfo run;
  DeviceInfo device;
  ClockInfo clock;
  bool complete = false;  ///< false: the writer was stopped; the launches present are whole
  std::vector<SmClockRecord> sm_clocks;
  std::vector<PassRecord> passes;
  std::vector<CaseRecord> cases;
  std::vector<SampleRecord> samples;
  std::vector<LaunchRecord> launches;
  std::vector<SmRecord> sms;
  std::vector<CtaRecord> ctas;
  std::vector<WorkRecord> work;
  std::vector<WarpRecord> warps;
  std::vector<TileRow> tiles;
  std::vector<TileTimeRecord> tile_times;
  std::vector<ActivityRecord> activity;
  std::vector<CounterRecord> counters;
  std::vector<RowRecord> rows;
  std::vector<RowLayerRecord> row_layers;
  std::vector<OverheadRecord> overheads;
  std::vector<CrosscheckRecord> crosschecks;
  std::vector<LossRecord> losses;
};

}  // namespace fluxscope::traces
