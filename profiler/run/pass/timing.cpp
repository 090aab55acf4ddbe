#include "profiler/run/pass/timing.hpp"

#include <iostream>

#include "profiler/run/pass/probe.hpp"
#include "profiler/timing/sampling.hpp"

namespace fluxscope::profiler {
namespace {

constexpr int kOverheadRounds = 3;

void label(std::vector<traces::SampleRecord>& samples, std::size_t case_id, std::uint32_t pass,
           std::uint8_t level) {
  for (traces::SampleRecord& sample : samples) {
    sample.case_id = static_cast<std::uint32_t>(case_id);
    sample.pass = pass;
    sample.probe_level = level;
  }
}

void report_throttled(RunContext& run, std::size_t index,
                      std::vector<traces::SampleRecord> const& samples) {
  for (traces::SampleRecord const& sample : samples) {
    if (!sample.dropped) continue;
    ++run.losses.samples_throttled;
    std::cerr << "profile: " << run.layer_case(index).name << ": sample " << sample.repetition
              << " dropped (" << sample.drop_reason << ")\n";
  }
}

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

}  // namespace

double time_case(RunContext& run, std::size_t index, DeviceCase const& device_case,
                 CaseRows& rows) {
  std::uint32_t const copies = device_case.copies();
  Execution const execution = [&](std::uint32_t i, cudaStream_t stream) {
    device_case.launch_all(i % copies, stream);
  };
  double const one_ns = estimate_ns(execution, run.stream);
  TimedGraph graph(execution, executions_per_sample(one_ns, copies), run.stream);
  plan::MeasureSettings const& settings = run.settings();
  auto samples = take_samples(graph, run.nvml,
                              {.samples = settings.samples,
                               .min_samples = settings.min_samples,
                               .time_limit_ms = settings.case_time_limit_ms,
                               .warmups = settings.warmups});
  label(samples, index, 0, 0);
  report_throttled(run, index, samples);
  if (!device_case.beyond_l2()) ++run.losses.cases_within_l2;
  Quartiles const times = quartiles(samples);
  traces::CaseRecord& record = run.cases.records()[index];
  record.time_ns = times.median;
  record.time_low_ns = times.low;
  record.time_high_ns = times.high;
  append_all(rows.samples, samples);
  return one_ns;
}

void measure_overhead(RunContext& run, std::size_t index, DeviceCase const& device_case,
                      double one_ns, CaseRows& rows) {
  std::uint32_t const copies = device_case.copies();
  std::uint32_t const count = executions_per_sample(one_ns, copies);
  ProbeRegions const regions(device_case, run.memory);
  TimedGraph clean([&](std::uint32_t i, cudaStream_t s) { device_case.launch_all(i % copies, s); },
                   count, run.stream);
  TimedGraph probed(
      [&](std::uint32_t i, cudaStream_t s) { regions.launch_all(device_case, i % copies, s); },
      count, run.stream);
  auto samples = take_interleaved(clean, probed, run.nvml, kOverheadRounds);
  label(samples.a, index, 2, 0);
  label(samples.b, index, 2, static_cast<std::uint8_t>(kernels::ProbeLevel::l0));
  report_throttled(run, index, samples.a);
  report_throttled(run, index, samples.b);
  rows.overheads.push_back(
      {.case_id = static_cast<std::uint32_t>(index),
       .probe_level = static_cast<std::uint8_t>(kernels::ProbeLevel::l0),
       .overhead_ratio = quartiles(samples.b).median / quartiles(samples.a).median - 1,
       .occupancy_changed = occupancy_changes(device_case)});
  append_all(rows.samples, samples.a);
  append_all(rows.samples, samples.b);
}

}  // namespace fluxscope::profiler
