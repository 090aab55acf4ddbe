#pragma once
// Traces made in memory: CTAs list-scheduled on P SMs. Durations are a formula of visited blocks,
// so every number of the analysis can be worked out by hand or by a second method.

#include <cstdint>
#include <string>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::testing {

struct SyntheticSetup {
  std::int32_t sm_count = 132;
  std::string source = "measured";
  double time_scale = 1;           ///< multiplies every duration
  float u_ns = 20;                 ///< of every SM row
  std::int64_t turnover_ns = 150;  ///< idle between two CTAs of a slot
  bool keep_rows = true;           ///< /cta and /tiles
  std::vector<std::int32_t> contexts = {8192, 32768};
  std::int32_t layers = 4;  ///< of the model-wide rows
};

/// One launch with one CTA per duration, in order, on sm_count SMs with one CTA each; T0 = 0.
[[nodiscard]] traces::Trace single_launch_trace(std::vector<std::int64_t> const& durations_ns,
                                                std::int32_t sm_count, float u_ns = 0,
                                                bool keep_rows = true);

/// A prefill experiment: rows full, flux and head_dynamic at MSR 0.5 with equal KV, executions
/// masked, gather, two_pool and fused, schedulers natural and longest_first.
[[nodiscard]] traces::Trace prefill_trace(SyntheticSetup const& setup);

}  // namespace fluxscope::testing
