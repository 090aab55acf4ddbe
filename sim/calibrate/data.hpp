#pragma once
// What a fit reads: measured cases and their plans, made again from the trace's own experiment.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "sim/device/profile.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::sim {

/// Mean duration of the tiles of one length in one launch.
struct TileMean {
  std::uint32_t launch_index = 0;
  std::int32_t visited_blocks = 0;
  double mean_ns = 0;
};

struct CalibrationCase {
  std::string name;
  plan::Phase phase = plan::Phase::prefill;
  std::int32_t batch = 0;
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;
  std::string window;  ///< of the sparse heads: their kind, sink, local and last tokens
  std::string execution;
  std::string scheduler;
  std::int32_t head_dim = 0;
  std::int32_t q_heads = 0;        ///< of the model
  std::int32_t kv_heads = 0;       ///< of the model
  std::int32_t full_kv_heads = 0;  ///< summed over the batch
  double time_ns = 0;              ///< clean time of the case
  plan::LayerWork work;            ///< without block lists
  std::vector<TileMean> tile_means;
};

struct CalibrationData {
  /// Physical facts and, of each operation that a trace ran, the kernel and what its launches say:
  /// occupancy, registers, shared memory, cta_dispatch_ns. All other costs are 0.
  DeviceProfile device;
  std::vector<CalibrationCase> cases;
  std::int64_t cases_left_out = 0;  ///< without a clean time
};

/// A measured trace and the experiment it was made from.
struct CalibrationTrace {
  traces::Trace trace;
  plan::Experiment experiment;
  std::string path;
};

/// Throws InputError for a simulated trace, a device that is not `spec`'s, two kernels for one
/// operation, a case that the experiment does not have, and traces without any timed case.
[[nodiscard]] CalibrationData read_calibration_data(std::vector<CalibrationTrace> const& traces,
                                                    DeviceSpec const& spec);

}  // namespace fluxscope::sim
