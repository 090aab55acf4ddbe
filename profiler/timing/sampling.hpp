#pragma once
// Timings of graphs: clean ones, and two graphs in turn.

#include <cstdint>
#include <memory>
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

/// The same executions begun at each place on the chip: [turns].
using TurnedGraphs = std::vector<std::unique_ptr<TimedGraph>>;

/// Samples of the turns in turn, each with the clock, power and throttling read while it ran. Stops
/// at `samples`, or after the time limit once min_samples are there, but not before every turn had
/// one. case_id, pass and probe_level are left to the caller; throttled samples are marked, not
/// removed.
[[nodiscard]] std::vector<traces::SampleRecord> take_samples(TurnedGraphs const& graphs,
                                                             Nvml const& nvml,
                                                             SamplingLimits const& limits);

/// Samples of two graphs in the order A B B A A B B A ...: a drift of the clock falls on both
/// alike. [2][2 * rounds].
struct InterleavedSamples {
  std::vector<traces::SampleRecord> a;
  std::vector<traces::SampleRecord> b;
};
[[nodiscard]] InterleavedSamples take_interleaved(TimedGraph& a, TimedGraph& b, Nvml const& nvml,
                                                  int rounds);

/// What the samples that were not dropped say of a case; NaN where none is left. Another run begins
/// at places that nobody chose: the mean of all places is what it can expect, and the ends are
/// those of all places, not the spread at one.
struct SampledTime {
  double mean_ns = 0;  ///< of the turns' medians
  double low_ns = 0;   ///< shortest sample
  double high_ns = 0;  ///< longest sample
};
[[nodiscard]] SampledTime sampled_time(std::span<traces::SampleRecord const> samples);

}  // namespace fluxscope::profiler
