#pragma once
// Timings of graphs: clean ones, and two graphs in turn.

#include <cstdint>
#include <span>
#include <vector>

#include "profiler/machine/nvml.hpp"
#include "profiler/timing/timed_graph.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

struct SamplingLimits {
  std::int32_t samples = 10;
  std::int32_t min_samples = 3;
  double time_limit_ms = 400;
  std::int32_t warmups = 1;
};

/// Samples of one graph, each with the clock, power and throttling read while it ran. Stops at
/// `samples`, or after the time limit once min_samples are there. case_id, pass and probe_level are
/// left to the caller; throttled samples are marked, not removed.
[[nodiscard]] std::vector<traces::SampleRecord> take_samples(TimedGraph& graph, Nvml const& nvml,
                                                             SamplingLimits const& limits);

/// Samples of two graphs in the order A B B A A B B A ...: a drift of the clock falls on both
/// alike. [2][2 * rounds].
struct InterleavedSamples {
  std::vector<traces::SampleRecord> a;
  std::vector<traces::SampleRecord> b;
};
[[nodiscard]] InterleavedSamples take_interleaved(TimedGraph& a, TimedGraph& b, Nvml const& nvml,
                                                  int rounds);

/// Quartiles of the samples that were not dropped, linear between ranks; NaN where none is left.
struct Quartiles {
  double low = 0;
  double median = 0;
  double high = 0;
};
[[nodiscard]] Quartiles quartiles(std::span<traces::SampleRecord const> samples);

}  // namespace fluxscope::profiler
