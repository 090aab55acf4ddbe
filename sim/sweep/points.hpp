#pragma once
// The points of a sweep, in their one order.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/decisions/policy/policy.hpp"
#include "sim/sweep/config.hpp"

namespace fluxscope::sim {

/// Positions in the axes of SweepConfig.
struct SweepPoint {
  std::uint32_t point = 0;  ///< rank in the whole sweep
  std::uint8_t gpu = 0;
  plan::Phase phase = plan::Phase::prefill;
  std::uint8_t policy = 0;
  plan::Execution execution = plan::Execution::layer_uniform;
  plan::Scheduler scheduler = plan::Scheduler::natural;
  std::int32_t batch = 0;
  std::int32_t kv_len = 0;
  double msr_ratio = 0;
  std::int64_t seed = 0;
};

/// Every combination, the last axis of SweepConfig fastest. A policy that decides per layer has the
/// execution layer_uniform only.
[[nodiscard]] std::vector<SweepPoint> enumerate_points(SweepConfig const& config);

/// How many enumerate_points() gives, without making them: exact to 2^53.
[[nodiscard]] double point_count(SweepConfig const& config);

/// The point's policy, as an experiment has it with this MSR and seed.
[[nodiscard]] plan::Policy point_policy(SweepConfig const& config, SweepPoint const& point);

/// One text per point, the same in every version of a sweep that holds it:
/// "h200/llama-3.1-8b/decode/b8/kv131072/head_dynamic/msr0.5/fused/natural/seed1".
[[nodiscard]] std::string point_text(SweepConfig const& config, SweepPoint const& point);

/// Shard `index` of `count`, counted from 0.
struct Shard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

/// Reads "i/n" with 0 <= i < n <= 65536. Throws InputError.
[[nodiscard]] Shard parse_shard(std::string const& text);

/// The points whose text hashes to this shard, in order.
[[nodiscard]] std::vector<SweepPoint> shard_points(SweepConfig const& config, Shard shard);

}  // namespace fluxscope::sim
