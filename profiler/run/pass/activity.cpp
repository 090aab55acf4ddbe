#include "profiler/run/pass/activity.hpp"

#include <limits>
#include <map>

#include "base/terminal/progress.hpp"
#include "plan/layer/names.hpp"
#include "profiler/cupti/activity_collector.hpp"
#include "profiler/cupti/nvtx_range.hpp"
#include "profiler/timing/warm_up.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::uint32_t kPass = 1;
constexpr std::uint64_t kAnchorId = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kWarmUpId = kAnchorId - 1;

using LaunchKey = std::pair<std::uint64_t, std::uint32_t>;  // external id, launch index

void run_case(RunContext& run, CuptiTable const& cupti, std::size_t index) {
  auto const work = run.cases.work(index);
  plan::Case const& layer_case = run.layer_case(index);
  DeviceCase const device_case(layer_case.plan, *work, run.memory, run.device.l2_bytes, run.stream);
  if (wants_warm_up(run.cases.records()[index].time_ns)) {
    LaunchTag const tag(cupti, kWarmUpId, 0);
    device_case.launch_all(0, run.stream);
  }
  NvtxRange const range(layer_case.name);
  for (std::size_t i = 0; i < device_case.launches(); ++i) {
    LaunchTag const tag(cupti, external_id(static_cast<std::uint32_t>(index), kPass, 0),
                        static_cast<std::uint32_t>(i));
    device_case.launch(i, 1 % device_case.copies(), kernels::ProbeLevel::off, {}, run.stream);
  }
  FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(run.stream));
}

/// CUPTI time minus the trace's time, from the anchor kernel: its CUPTI start is its first anchor.
std::int64_t axis_offset(ActivityLog const& log, ClockCalibration const& anchors,
                         std::uint64_t reference_ns) {
  std::int64_t start_ns = 0;
  for (KernelActivity const& kernel : log.kernels()) {
    if (kernel.external_id == kAnchorId) start_ns = std::max(start_ns, kernel.start_ns);
  }
  return start_ns - static_cast<std::int64_t>(anchors.reference_ns - reference_ns);
}

traces::LaunchRecord launch_record(KernelActivity const& kernel, plan::WorkList const& list,
                                   std::uint32_t case_id, std::int64_t offset_ns) {
  return {.case_id = case_id,
          .pass = kPass,
          .index = kernel.launch_index,
          .op = plan::to_text(list.op),
          .kernel = kernel.name,
          .grid_ctas = kernel.grid_ctas,
          .threads_per_cta = kernel.threads_per_cta,
          .ctas_per_sm = list.ctas_per_sm,
          .registers_per_thread = kernel.registers_per_thread,
          .smem_bytes = kernel.smem_bytes,
          .start_ns = kernel.start_ns - offset_ns,
          .end_ns = kernel.end_ns - offset_ns,
          .external_id = kernel.external_id,
          .overlapped = kernel.overlapped};
}

void append_launches(RunContext& run, ActivityLog const& log, std::int64_t offset_ns) {
  std::map<LaunchKey, KernelActivity const*> kernels;
  for (KernelActivity const& kernel : log.kernels()) {
    kernels[{kernel.external_id, kernel.launch_index}] = &kernel;
  }
  CaseRows rows;
  for (std::uint32_t case_id = 0; case_id < run.cases.records().size(); ++case_id) {
    auto const work = run.cases.work(case_id);
    for (std::uint32_t i = 0; i < work->launches.size(); ++i) {
      auto const found = kernels.find({external_id(case_id, kPass, 0), i});
      if (found == kernels.end()) {
        ++run.losses.launches_without_activity;
        continue;
      }
      KernelActivity const& kernel = *found->second;
      rows.launches.push_back(launch_record(kernel, work->launches[i], case_id, offset_ns));
      rows.launches.back().launch_id = run.next_launch_id++;
      run.crosschecks.add_activity(case_id, i,
                                   static_cast<double>(kernel.end_ns - kernel.start_ns));
    }
  }
  for (traces::ActivityRecord row : log.rows()) {
    row.start_ns -= offset_ns;
    row.end_ns -= offset_ns;
    rows.activity.push_back(std::move(row));
  }
  run.writer.append(rows.batch());
}

}  // namespace

void run_activity_pass(RunContext& run, CuptiTable const& cupti) {
  std::size_t const count = run.cases.records().size();
  Progress progress("profile, pass 1 (activity)", "cases", count);
  ActivityCollector collector(cupti);
  ClockCalibration anchors;
  {
    LaunchTag const tag(cupti, kAnchorId, 0);
    anchors = calibrate_clocks(run.device.sm_count, run.stream);
  }
  for (std::size_t i = 0; i < count; ++i) {
    run_case(run, cupti, i);
    progress.update(i + 1);
  }
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  ActivityLog const log = collector.finish();
  run.losses.activity = log.losses();
  append_launches(run, log, axis_offset(log, anchors, run.clocks.reference_ns));
}

}  // namespace fluxscope::profiler
