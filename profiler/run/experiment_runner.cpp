#include "profiler/run/experiment_runner.hpp"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <random>

#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/terminal/progress.hpp"
#include "profiler/cupti/nvtx_range.hpp"
#include "profiler/device/random_fill.hpp"
#include "profiler/device/slots.hpp"
#include "profiler/machine/check.hpp"
#include "profiler/machine/device_facts.hpp"
#include "profiler/run/case_selection.hpp"
#include "profiler/run/pass/activity.hpp"
#include "profiler/run/pass/counters.hpp"
#include "profiler/run/pass/probe.hpp"
#include "profiler/run/pass/timing.hpp"
#include "runs/pass_table.hpp"

namespace fluxscope::profiler {
namespace {

constexpr int kDevice = 0;

class Stream {
 public:
  Stream() { FLUXSCOPE_CUDA_CHECK(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~Stream() { (void)cudaStreamDestroy(stream_); }
  Stream(Stream const&) = delete;
  Stream& operator=(Stream const&) = delete;
  [[nodiscard]] cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

std::string random_uuid() {
  std::random_device entropy;
  char text[37];
  unsigned const a = entropy(), b = entropy(), c = entropy(), d = entropy();
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16, b & 0xFFF,
                0x8000 | (c >> 18), c & 0xFFFF, d);
  return text;
}

traces::RunInfo run_info(plan::Experiment const& experiment, RunOptions const& options) {
  return {.source = "measured",
          .creator_version = build_info().git_hash,
          .created = utc_now(),
          .host = host_name(),
          .command_line = options.command_line,
          .experiment_name = experiment.name,
          .experiment_toml = experiment.toml,
          .uuid = random_uuid()};
}

/// An idle GPU runs at a low clock for its first milliseconds: work until it has ramped up.
void spin_up(std::uint64_t seed, cudaStream_t stream) {
  using Clock = std::chrono::steady_clock;
  DeviceBuffer<__nv_bfloat16> scratch(std::size_t{64} << 20);
  for (auto const begin = Clock::now(); Clock::now() - begin < std::chrono::milliseconds(300);) {
    for (int i = 0; i < 20; ++i) fill_random_normal(scratch.data(), scratch.count(), seed, stream);
    FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream));
  }
}

std::string no_gpu(std::string const& reason) {
  return "profile: " + reason +
         " To run the same experiment on a modelled GPU: fluxscope simulate EXPERIMENT.toml "
         "--gpu NAME -o trace.h5";
}

/// Passes 0 and 2 on every case, each case's rows flushed as it ends.
class Measurement {
 public:
  Measurement(RunContext& run, bool timing, bool probe)
      : run_(run), timing_(timing), probe_(probe) {}

  void all_cases() {
    std::size_t const count = run_.cases.records().size();
    Progress progress("profile, passes 0 and 2", "cases", count);
    for (std::size_t i = 0; i < count; ++i) {
      one_case(i);
      progress.update(i + 1);
    }
    for (auto const& [phase, longest] : longest_) longest_overhead(longest);
  }

 private:
  struct Longest {
    std::size_t index = 0;
    double one_ns = 0;
  };

  void with_case(std::size_t index, auto const& body) {
    try {
      auto const work = run_.cases.work(index);
      DeviceCase const device_case(run_.layer_case(index).plan, *work, run_.memory,
                                   run_.device.l2_bytes, run_.stream);
      CaseRows rows;
      body(device_case, rows);
      run_.writer.append(rows.batch());
    } catch (InputError const& error) {
      throw InputError("case " + run_.layer_case(index).name + ": " + error.what());
    }
  }

  void one_case(std::size_t index) {
    with_case(index, [&](DeviceCase const& device_case, CaseRows& rows) {
      double const one_ns = timing_ ? time_case(run_, index, device_case, rows) : 0;
      if (!probe_) return;
      probe_case(run_, index, device_case, rows);
      if (!timing_) return;
      if (one_ns <= kCheapOverheadNs) {
        measure_overhead(run_, index, device_case, one_ns, rows);
        return;
      }
      Longest& longest = longest_[run_.cases.records()[index].phase];
      if (one_ns > longest.one_ns) longest = {index, one_ns};
    });
  }

  void longest_overhead(Longest const& longest) {
    with_case(longest.index, [&](DeviceCase const& device_case, CaseRows& rows) {
      measure_overhead(run_, longest.index, device_case, longest.one_ns, rows);
    });
  }

  RunContext& run_;
  bool timing_;
  bool probe_;
  std::map<std::string, Longest> longest_;  // phase -> the longest case not yet measured
};

void run_cupti_passes(RunContext& run, CuptiLibrary const& cupti, runs::PassTable& passes) {
  std::string problem = cupti.table.has_value() ? std::string() : cupti.reason;
  bool const wanted = passes.present(1) || passes.present(3);
  if (wanted && problem.empty()) problem = subscriber_problem(*cupti.table);
  for (std::uint32_t const pass : {1u, 3u}) {
    if (!passes.present(pass)) continue;
    if (!problem.empty()) {
      passes.absent(pass, problem);
      continue;
    }
    try {
      if (pass == 1) run_activity_pass(run, *cupti.table);
      if (pass == 3) run_counter_pass(run, *cupti.table, kDevice);
    } catch (CuptiError const& error) {
      passes.absent(pass, error.what());
    }
  }
}

}  // namespace

void run_experiment(plan::Experiment const& experiment, RunOptions const& options) {
  LibraryOpener& opener = system_libraries();
  if (DriverState const driver = find_driver(opener); !driver.usable) {
    throw InputError(no_gpu(driver.reason));
  }
  SelectedCases const selected = select_cases(experiment, options.case_glob, options.limit);
  FLUXSCOPE_CUDA_CHECK(cudaSetDevice(kDevice));
  Stream const stream;
  Nvml const nvml(opener, pci_bus_id(kDevice));
  if (!nvml.reason().empty()) std::cerr << "profile: " << nvml.reason() << '\n';
  CuptiLibrary const cupti = find_cupti(opener);
  inject_nvtx(cupti.table.has_value() ? cupti.path : std::string());

  traces::DeviceInfo device = device_info(kDevice, nvml);
  device.cupti_version = cupti.version != 0 ? std::to_string(cupti.version) : std::string();
  device.counters_privileged = counters_privileged();
  spin_up(experiment.measure.seed, stream.get());
  TimerFacts const timers = measure_timers(stream.get());
  ClockCalibration const clocks = calibrate_clocks(device.sm_count, stream.get());

  runs::PlannedCases cases(
      selected.experiment,
      device_slots(device, experiment.model.attention.head_dim, experiment.prefill_kernel));
  traces::TraceWriter writer(options.output, run_info(experiment, options), device, cases.records(),
                             runs::row_records(selected.experiment),
                             runs::row_layer_records(selected.experiment));
  CaseMemory memory(experiment.measure.seed);
  Crosschecks crosschecks;
  RunLosses losses{.cases_left_out = selected.cases_left_out,
                   .rows_left_out = selected.rows_left_out};
  RunContext run{cases,        memory, nvml,        device, clocks, timers.globaltimer_tick_ns,
                 stream.get(), writer, crosschecks, losses};
  runs::PassTable passes(options.passes, experiment.measure);
  if (passes.present(0) || passes.present(2)) {
    Measurement(run, passes.present(0), passes.present(2)).all_cases();
  }
  run_cupti_passes(run, cupti, passes);
  CaseRows last;
  last.crosschecks = crosschecks.records();
  writer.append(last.batch());
  TimerFacts const timers_after = measure_timers(stream.get());
  writer.finish(cases.records(),
                {.globaltimer_tick_ns_before_cupti = timers.globaltimer_tick_ns,
                 .globaltimer_tick_ns_after_cupti = timers_after.globaltimer_tick_ns,
                 .clock64_read_floor_cyc = timers.clock64_read_floor_cyc},
                clocks.records(), passes.records(), loss_records(losses));
}

}  // namespace fluxscope::profiler
