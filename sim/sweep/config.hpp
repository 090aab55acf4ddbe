#pragma once
// What-if sweeps: configs/sweeps/<name>.toml.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/decisions/model.hpp"
#include "plan/layer/layer_plan.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// The axes of a sweep; a point is one value of each. All requests of a batch have the same length
/// and the same gates.
struct SweepConfig {
  std::string name;
  std::string toml;  ///< the file, whole; see plan::with_model_flag()
  plan::Model model;
  std::vector<DeviceProfile> gpus;
  std::vector<plan::Phase> phases;
  std::vector<std::int64_t> kv_lens;  ///< tokens; prefill: q_len too
  std::vector<std::int64_t> prefill_batches;
  std::vector<std::int64_t> decode_batches;
  std::vector<double> msr_ratios;
  std::vector<std::string> policies;        ///< of plan::drawn_policy_names()
  std::vector<plan::Execution> executions;  ///< of layers with both kinds of heads
  std::vector<plan::Scheduler> schedulers;
  std::vector<std::int64_t> seeds;
  plan::Selection sparse;

  [[nodiscard]] std::vector<std::int64_t> const& batches(plan::Phase phase) const {
    return phase == plan::Phase::prefill ? prefill_batches : decode_batches;
  }
};

/// Strict. GPU and model names are those of configs/, or paths; `model`, where not empty, stands in
/// for the file's. Throws InputError with file:line,
/// also where the lists ask for more than base/limits.hpp allows, or a phase cannot run the model.
[[nodiscard]] SweepConfig load_sweep(std::string const& path, std::string const& model = {});

}  // namespace fluxscope::sim
