#include "profiler/timing/sampling.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace fluxscope::profiler {
namespace {

traces::SampleRecord take_one(TimedGraph& graph, Nvml const& nvml, std::uint32_t repetition) {
  graph.launch();
  GpuState const state = nvml.state();  // while the GPU is busy: an idle clock says nothing
  return {.repetition = repetition,
          .time_ns = graph.wait_ns(),
          .sm_clock_mhz = state.sm_clock_mhz,
          .power_w = state.power_w,
          .dropped = !state.throttled.empty(),
          .drop_reason = state.throttled};
}

double between_ranks(std::vector<double> const& sorted, double share) {
  double const place = share * static_cast<double>(sorted.size() - 1);
  auto const below = static_cast<std::size_t>(place);
  std::size_t const above = std::min(below + 1, sorted.size() - 1);
  double const part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

}  // namespace

std::vector<traces::SampleRecord> take_samples(TimedGraph& graph, Nvml const& nvml,
                                               SamplingLimits const& limits) {
  using Clock = std::chrono::steady_clock;
  for (std::int32_t i = 0; i < limits.warmups; ++i) {
    graph.launch();
    (void)graph.wait_ns();
  }
  auto const begin = Clock::now();
  std::vector<traces::SampleRecord> samples;
  while (static_cast<std::int32_t>(samples.size()) < limits.samples) {
    std::chrono::duration<double, std::milli> const spent = Clock::now() - begin;
    bool const enough = static_cast<std::int32_t>(samples.size()) >= limits.min_samples;
    if (enough && spent.count() > limits.time_limit_ms) break;
    samples.push_back(take_one(graph, nvml, static_cast<std::uint32_t>(samples.size())));
  }
  return samples;
}

InterleavedSamples take_interleaved(TimedGraph& a, TimedGraph& b, Nvml const& nvml, int rounds) {
  for (TimedGraph* graph : {&a, &b}) {
    graph->launch();
    (void)graph->wait_ns();
  }
  InterleavedSamples samples;
  for (int round = 0; round < rounds; ++round) {
    auto const repetition = static_cast<std::uint32_t>(2 * round);
    samples.a.push_back(take_one(a, nvml, repetition));
    samples.b.push_back(take_one(b, nvml, repetition));
    samples.b.push_back(take_one(b, nvml, repetition + 1));
    samples.a.push_back(take_one(a, nvml, repetition + 1));
  }
  return samples;
}

Quartiles quartiles(std::span<traces::SampleRecord const> samples) {
  std::vector<double> times;
  for (traces::SampleRecord const& sample : samples) {
    if (!sample.dropped) times.push_back(sample.time_ns);
  }
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (times.empty()) return {kNaN, kNaN, kNaN};
  std::sort(times.begin(), times.end());
  return {between_ranks(times, 0.25), between_ranks(times, 0.5), between_ranks(times, 0.75)};
}

}  // namespace fluxscope::profiler
