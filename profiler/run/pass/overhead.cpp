#include "profiler/run/pass/overhead.hpp"

#include <map>
#include <string>
#include <utility>

#include "profiler/run/case_samples.hpp"
#include "profiler/run/probe_regions.hpp"
#include "profiler/run/with_case.hpp"
#include "profiler/timing/sampling.hpp"

namespace fluxscope::profiler {
namespace {

constexpr int kRounds = 3;
constexpr double kCheapNs = 3e6;

/// True where a probed kernel fits an SM fewer times than the clean one: another schedule.
bool occupancy_changes(DeviceCase const& device_case) {
  for (std::size_t i = 0; i < device_case.launches(); ++i) {
    if (device_case.facts(i, kernels::ProbeLevel::off).ctas_per_sm !=
        device_case.facts(i, kernels::ProbeLevel::l0).ctas_per_sm) {
      return true;
    }
  }
  return false;
}

class OverheadPass : public RunPass {
 public:
  traces::Pass id() const override { return traces::Pass::overhead; }

  void run_case(RunContext& run, std::size_t index, DeviceCase const& device_case,
                CaseRows& rows) override {
    double const one_ns = time_of(run, index, device_case);
    if (one_ns <= kCheapNs) {
      measure(run, index, device_case, one_ns, rows);
      return;
    }
    Longest& longest = longest_[run.cases.records()[index].phase];
    if (one_ns > longest.one_ns) longest = {index, one_ns};
  }

  void end(RunContext& run, CaseRows&) override {
    for (auto const& [phase, longest] : longest_) {
      with_case(run, longest.index, [&](DeviceCase const& device_case, CaseRows& rows) {
        measure(run, longest.index, device_case, longest.one_ns, rows);
      });
    }
  }

 private:
  struct Longest {
    std::size_t index = 0;
    double one_ns = 0;
  };

  /// The clean time where the timing pass has one; only sizes the samples.
  static double time_of(RunContext& run, std::size_t index, DeviceCase const& device_case) {
    double const clean_ns = run.cases.records()[index].time_ns;
    if (clean_ns > 0) return clean_ns;
    return estimate_ns([&](std::uint32_t, cudaStream_t s) { device_case.launch_all({}, s); },
                       run.stream);
  }

  void measure(RunContext& run, std::size_t index, DeviceCase const& device_case, double one_ns,
               CaseRows& rows) const {
    std::uint32_t const copies = device_case.copies();
    std::uint32_t const count = executions_per_sample(one_ns, copies);
    ProbeRegions const regions(device_case, run.memory);
    TimedGraph clean(
        [&](std::uint32_t i, cudaStream_t s) { device_case.launch_all({.copy = i % copies}, s); },
        count, run.stream);
    TimedGraph probed(
        [&](std::uint32_t i, cudaStream_t s) {
          regions.launch_all(device_case, {.copy = i % copies}, s);
        },
        count, run.stream);
    auto samples = take_interleaved(clean, probed, run.nvml, kRounds);
    auto const level = static_cast<std::uint8_t>(kernels::ProbeLevel::l0);
    rows.overheads.push_back(
        {.case_id = static_cast<std::uint32_t>(index),
         .probe_level = level,
         .overhead_ratio = sampled_time(samples.b).mean_ns / sampled_time(samples.a).mean_ns - 1,
         .occupancy_changed = occupancy_changes(device_case)});
    keep_samples(run, index, id(), 0, std::move(samples.a), rows);
    keep_samples(run, index, id(), level, std::move(samples.b), rows);
  }

  std::map<std::string, Longest> longest_;  // phase -> the longest case not yet measured
};

}  // namespace

std::unique_ptr<RunPass> overhead_pass() { return std::make_unique<OverheadPass>(); }

}  // namespace fluxscope::profiler
