#pragma once
// Records of whole steps: all operations of a prefill, of a chunk of one, or of a decoded token.

#include <cstdint>
#include <limits>
#include <string>

#include "traces/record/missing.hpp"
#include "traces/record/named.hpp"

namespace fluxscope::traces {

/// /steps: one step of a row, launched in one mode. Appended when its times are known.
struct StepRecord {
  std::uint32_t step_id = 0;  ///< row index
  std::string name;           ///< unique; the key that joins measured and simulated traces
  std::uint32_t row_id = 0;
  std::string mode;  ///< "eager", "graph"
  std::uint32_t chunk = 0;
  std::uint32_t chunks = 1;
  std::int64_t tokens = 0;     ///< queries of all requests
  std::int64_t kv_tokens = 0;  ///< contexts of all requests, summed
  std::int32_t ranks = 1;
  bool routed = false;
  std::int32_t launches = 0;
  std::int64_t weight_bytes = 0;                                   ///< of the rank
  std::int64_t kv_bytes_held = 0;                                  ///< of all layers of the rank
  double time_ns = std::numeric_limits<double>::quiet_NaN();       ///< clean: median / prediction
  double time_low_ns = std::numeric_limits<double>::quiet_NaN();   ///< first quartile / 90 % low
  double time_high_ns = std::numeric_limits<double>::quiet_NaN();  ///< third quartile / 90 % high
  double host_ns = std::numeric_limits<double>::quiet_NaN();  ///< the host enqueued for so long
  std::string provenance;
};

template <template <class> class Rows>
struct Named<StepRecord, Rows> {
  Rows<StepRecord> steps;
};

/// /step_launches: one launch of a step, in stream order.
struct StepLaunchRecord {
  std::uint32_t step_id = 0;
  std::uint32_t index = 0;       ///< position in the step
  std::uint32_t layer = kNoRow;  ///< kNoRow: before the first or after the last
  std::string op;                ///< of the op catalog
  std::string counted_as = "other";
  std::string kernel;              ///< plain name; products: the library's
  std::uint32_t case_id = kNoRow;  ///< attention and its copies and merges: the layer's case
  std::int64_t m = 0;              ///< products: Y[m, n] = X[m, k] W[n, k]^T; else 0
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t bytes = 0;  ///< operations on rows and collectives: moved; else 0
  std::int64_t start_ns = kMissingNs;
  std::int64_t end_ns = kMissingNs;
  double time_ns = std::numeric_limits<double>::quiet_NaN();  ///< median / prediction
  double time_low_ns = std::numeric_limits<double>::quiet_NaN();
  double time_high_ns = std::numeric_limits<double>::quiet_NaN();
  double host_ns = std::numeric_limits<double>::quiet_NaN();  ///< the host took to enqueue it
  std::string provenance;
};

template <template <class> class Rows>
struct Named<StepLaunchRecord, Rows> {
  Rows<StepLaunchRecord> step_launches;
};

/// /step_samples: every raw timing of a step.
struct StepSampleRecord {
  std::uint32_t step_id = 0;
  std::uint32_t repetition = 0;
  double time_ns = 0;  ///< from the first launch's call to the last one's end on the GPU
  double host_ns = std::numeric_limits<double>::quiet_NaN();
  double sm_clock_mhz = std::numeric_limits<double>::quiet_NaN();
  double power_w = std::numeric_limits<double>::quiet_NaN();
  bool dropped = false;  ///< throttled: kept here, left out of the median
  std::string drop_reason;
};

template <template <class> class Rows>
struct Named<StepSampleRecord, Rows> {
  Rows<StepSampleRecord> step_samples;
};

/// /gates: the decisions that the steps of a row ran with.
struct GateRecord {
  std::uint32_t row_id = 0;
  std::uint32_t request = 0;
  std::uint32_t layer = 0;
  std::uint32_t kv_head = kNoRow;  ///< of the rank; kNoRow: all of the layer
  bool full = false;
};

template <template <class> class Rows>
struct Named<GateRecord, Rows> {
  Rows<GateRecord> gates;
};

}  // namespace fluxscope::traces
