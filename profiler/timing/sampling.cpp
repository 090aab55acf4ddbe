#include "profiler/timing/sampling.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "base/statistics.hpp"

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

}  // namespace

std::vector<traces::SampleRecord> take_samples(TurnedGraphs const& graphs, Nvml const& nvml,
                                               SamplingLimits const& limits) {
  using Clock = std::chrono::steady_clock;
  auto const turns = static_cast<std::int32_t>(graphs.size());
  for (auto const& graph : graphs) {
    // A graph's first replay is slower than all others. Where there are several they are short.
    std::int32_t const warmups = std::max(limits.warmups, turns > 1 ? 1 : 0);
    for (std::int32_t i = 0; i < warmups; ++i) {
      graph->launch();
      (void)graph->wait_ns();
    }
  }
  std::int32_t const most = std::max(limits.samples, turns);
  std::int32_t const least = std::max(limits.min_samples, turns);
  auto const begin = Clock::now();
  std::vector<traces::SampleRecord> samples;
  for (std::int32_t i = 0; i < most; ++i) {
    std::chrono::duration<double, std::milli> const spent = Clock::now() - begin;
    if (i >= least && spent.count() > limits.time_limit_ms) break;
    auto const turn = static_cast<std::uint8_t>(i % turns);
    samples.push_back(take_one(*graphs[turn], nvml, static_cast<std::uint32_t>(i)));
    samples.back().turn = turn;
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

SampledTime sampled_time(std::span<traces::SampleRecord const> samples) {
  std::map<std::uint8_t, std::vector<double>> by_turn;
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  SampledTime result{kNaN, kNaN, kNaN};
  for (traces::SampleRecord const& sample : samples) {
    if (sample.dropped) continue;
    by_turn[sample.turn].push_back(sample.time_ns);
    result.low_ns = std::fmin(result.low_ns, sample.time_ns);
    result.high_ns = std::fmax(result.high_ns, sample.time_ns);
  }
  if (by_turn.empty()) return result;
  double sum = 0;
  for (auto const& [turn, times] : by_turn) sum += median(times);
  result.mean_ns = sum / static_cast<double>(by_turn.size());
  return result;
}

}  // namespace fluxscope::profiler
