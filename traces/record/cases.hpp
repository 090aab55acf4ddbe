#pragma once
// Records of what was run: cases, model rows, tiles, timings.

#include <cstdint>
#include <limits>
#include <string>

#include "traces/record/named.hpp"

namespace fluxscope::traces {

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
  double time_low_ns = std::numeric_limits<double>::quiet_NaN();   ///< shortest sample / 90 % low
  double time_high_ns = std::numeric_limits<double>::quiet_NaN();  ///< longest sample / 90 % high
  std::string provenance;  ///< measured, interpolated, extrapolated, transferred
};

template <template <class> class Rows>
struct Named<CaseRecord, Rows> {
  Rows<CaseRecord> cases;
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
  std::int32_t tied_kv_heads = 0;  ///< KV heads of all layers whose score equals others' at the
                                   ///< cut, so that a random draw chose among them
  std::uint64_t tie_seed = 0;      ///< of that draw; 0 where there was none
  std::int64_t kv_tokens = 0;      ///< kv_len of all requests, summed; 0: not told, all are alike
};

template <template <class> class Rows>
struct Named<RowRecord, Rows> {
  Rows<RowRecord> rows;
};

/// /row_layers: which case each layer of a row is.
struct RowLayerRecord {
  std::uint32_t row_id = 0;
  std::uint32_t layer = 0;
  std::uint32_t case_id = 0;
};

template <template <class> class Rows>
struct Named<RowLayerRecord, Rows> {
  Rows<RowLayerRecord> row_layers;
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

template <template <class> class Rows>
struct Named<TileRow, Rows> {
  Rows<TileRow> tiles;
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
  std::uint8_t turn = 0;  ///< place on the chip that its CTAs began at, in eighths of the SMs
};

template <template <class> class Rows>
struct Named<SampleRecord, Rows> {
  Rows<SampleRecord> samples;
};

}  // namespace fluxscope::traces
