#include "profiler/run/experiment_runner.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <random>
#include <utility>

#include "base/build_info.hpp"
#include "base/cuda/stream.hpp"
#include "base/error.hpp"
#include "profiler/cupti/nvtx_range.hpp"
#include "profiler/device/random_fill.hpp"
#include "profiler/device/slots.hpp"
#include "profiler/machine/check.hpp"
#include "profiler/machine/chip_map.hpp"
#include "profiler/machine/device_facts.hpp"
#include "profiler/machine/gpu_users.hpp"
#include "profiler/run/case_selection.hpp"
#include "profiler/run/stages.hpp"
#include "runs/cases/model_memory.hpp"
#include "runs/cases/row_records.hpp"
#include "runs/pass_table.hpp"

namespace fluxscope::profiler {
namespace {

constexpr int kDevice = 0;

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

void warn_of_others(std::string const& users) {
  if (users.empty()) return;
  std::cerr << "profile: other processes compute on this GPU: " << users << ". " << kSharedGpuRemedy
            << " The trace is marked (other_gpu_processes).\n";
}

}  // namespace

void run_experiment(plan::Experiment const& experiment, RunOptions const& options,
                    OutputFile output) {
  if (!experiment.steps.empty()) {
    throw InputError(experiment.path + ": whole steps on a GPU (profile measures layers by " +
                     "themselves) set unit = \"layer\", or model the steps: fluxscope simulate");
  }
  LibraryOpener& opener = system_libraries();
  if (DriverState const driver = find_driver(opener); !driver.usable) {
    throw InputError(no_gpu(driver.reason));
  }
  SelectedCases const selected = select_cases(experiment, options.case_glob, options.limit);
  Nvml const nvml(opener, pci_bus_id(kDevice));
  if (!nvml.reason().empty()) std::cerr << "profile: " << nvml.reason() << '\n';
  RunRegister const runs_here(shared_folder(), pci_bus_id(kDevice), getpid());
  GpuUsers users(nvml, runs_here, getpid());
  warn_of_others(users.look(false));
  FLUXSCOPE_CUDA_CHECK(cudaSetDevice(kDevice));
  Stream const stream;
  CuptiLibrary const cupti = find_cupti(opener);
  inject_nvtx(cupti.table.has_value() ? cupti.path : std::string());

  traces::DeviceInfo device = device_info(kDevice, nvml);
  device.cupti_version = cupti.version != 0 ? std::to_string(cupti.version) : std::string();
  device.counters_privileged = counters_privileged();
  spin_up(experiment.measure.seed, stream.get());
  TimerFacts const timers = measure_timers(stream.get());
  ClockCalibration const clocks = calibrate_clocks(device.sm_count, stream.get());

  ChipMap const chip = measure_chip_map(device.sm_count, stream.get());
  if (!chip.reason.empty()) std::cerr << "profile: " << chip.reason << '\n';

  runs::PlannedCases cases(
      selected.experiment,
      device_slots(device, experiment.model.attention.head_dim, experiment.prefill_kernel),
      device.memory_bytes);
  auto const rows = runs::row_records(selected.experiment);
  auto const row_layers = runs::row_layer_records(selected.experiment);
  runs::warn_of_model_memory("profile", rows, row_layers, cases.records(), device.memory_bytes);
  traces::TraceWriter writer(
      std::move(output), run_info(experiment, options), device,
      traces::view_of<traces::OpeningRecords>(cases.records(), rows, row_layers, chip.sms));
  CaseMemory memory(experiment.measure.seed);
  Crosschecks crosschecks;
  runs::Losses losses;
  losses.add(runs::Loss::cases_left_out, selected.cases_left_out);
  losses.add(runs::Loss::rows_left_out, selected.rows_left_out);
  RunContext run{.cases = cases,
                 .memory = memory,
                 .nvml = nvml,
                 .device = device,
                 .cupti = cupti,
                 .clocks = clocks,
                 .tick_ns = timers.globaltimer_tick_ns,
                 .stream = stream.get(),
                 .writer = writer,
                 .crosschecks = crosschecks,
                 .losses = losses,
                 .device_index = kDevice};
  runs::PassTable passes(options.passes, experiment.measure);
  for (Stage& stage : all_stages()) run_stage(run, std::move(stage), passes);
  warn_of_others(users.look(true));
  losses.add(runs::Loss::other_gpu_processes, users.count());
  CaseRows last;
  last.crosschecks = crosschecks.records();
  writer.append(last.batch());
  TimerFacts const timers_after = measure_timers(stream.get());
  writer.finish(cases.records(),
                {.globaltimer_tick_ns_before_cupti = timers.globaltimer_tick_ns,
                 .globaltimer_tick_ns_after_cupti = timers_after.globaltimer_tick_ns,
                 .clock64_read_floor_cyc = timers.clock64_read_floor_cyc},
                traces::view_of<traces::ClosingRecords>(clocks.records(), passes.records(),
                                                        losses.records()));
}

}  // namespace fluxscope::profiler
