#include "profiler/run/pass/activity.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plan/layer/names.hpp"
#include "profiler/cupti/activity_collector.hpp"
#include "profiler/cupti/nvtx_range.hpp"
#include "profiler/run/pass/cupti_problem.hpp"
#include "profiler/timing/warm_up.hpp"
#include "runs/launch/external_id.hpp"

namespace fluxscope::profiler {
namespace {

constexpr traces::Pass kPass = traces::Pass::activity;
constexpr std::uint64_t kAnchorId = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kWarmUpId = kAnchorId - 1;

using LaunchKey = std::pair<std::uint64_t, std::uint32_t>;              // external id, launch index
using KernelNames = std::map<std::uint32_t, std::vector<std::string>>;  // by case

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
                                   std::string plain_name, std::uint32_t case_id,
                                   std::int64_t offset_ns) {
  return {.case_id = case_id,
          .pass = traces::number(kPass),
          .index = kernel.launch_index,
          .op = plan::to_text(list.op),
          .counted_as = plan::counted_as(list.op),
          .kernel = std::move(plain_name),
          .symbol = kernel.name,
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

/// `names`: plain kernel names of each case, by launch index.
void add_launches(RunContext& run, ActivityLog const& log, KernelNames const& names,
                  std::int64_t offset_ns, CaseRows& rows) {
  std::map<LaunchKey, KernelActivity const*> kernels;
  for (KernelActivity const& kernel : log.kernels()) {
    kernels[{kernel.external_id, kernel.launch_index}] = &kernel;
  }
  for (std::uint32_t case_id = 0; case_id < run.cases.records().size(); ++case_id) {
    auto const work = run.cases.work(case_id);
    for (std::uint32_t i = 0; i < work->launches.size(); ++i) {
      auto const found = kernels.find({runs::external_id(case_id, kPass, 0), i});
      if (found == kernels.end()) {
        run.losses.add(runs::Loss::launches_without_activity);
        continue;
      }
      KernelActivity const& kernel = *found->second;
      rows.launches.push_back(
          launch_record(kernel, work->launches[i], names.at(case_id).at(i), case_id, offset_ns));
      rows.launches.back().launch_id = run.next_launch_id++;
      run.crosschecks.add_activity(case_id, i,
                                   static_cast<double>(kernel.end_ns - kernel.start_ns));
    }
  }
}

void add_losses(ActivityLosses const& from, runs::Losses& losses) {
  using enum runs::Loss;
  auto const add = [&](runs::Loss loss, std::uint64_t count) {
    losses.add(loss, static_cast<std::int64_t>(count));
  };
  add(cupti_records_dropped, from.dropped_records);
  add(cupti_buffers_rejected, from.rejected_buffers);
  add(cupti_zero_timestamps, from.zero_timestamps);
  add(cupti_unknown_kinds, from.unknown_kinds);
  add(cupti_unmatched_kernels, from.unmatched_kernels);
  add(foreign_kernels, from.foreign_kernels);
  add(nvtx_unmatched, from.unmatched_markers);
  add(api_calls_not_kept, from.other_api_calls);
}

class ActivityPass : public RunPass {
 public:
  traces::Pass id() const override { return kPass; }
  std::optional<std::string> unavailable(RunContext& run) override { return cupti_problem(run); }

  void begin(RunContext& run) override {
    collector_.emplace(*run.cupti.table);
    LaunchTag const tag(*run.cupti.table, kAnchorId, 0);
    anchors_ = calibrate_clocks(run.device.sm_count, run.stream);
  }

  void run_case(RunContext& run, std::size_t index, DeviceCase const& device_case,
                CaseRows&) override {
    CuptiTable const& cupti = *run.cupti.table;
    if (wants_warm_up(run.cases.records()[index].time_ns)) {
      LaunchTag const tag(cupti, kWarmUpId, 0);
      device_case.launch_all({}, run.stream);
    }
    auto& names = names_[static_cast<std::uint32_t>(index)];
    for (std::size_t i = 0; i < device_case.launches(); ++i) {
      names.emplace_back(device_case.facts(i, kernels::ProbeLevel::off).name);
    }
    NvtxRange const range(run.layer_case(index).name);
    for (std::size_t i = 0; i < device_case.launches(); ++i) {
      LaunchTag const tag(cupti, runs::external_id(static_cast<std::uint32_t>(index), kPass, 0),
                          static_cast<std::uint32_t>(i));
      device_case.launch(i, {.copy = 1 % device_case.copies()}, kernels::ProbeLevel::off, {},
                         run.stream);
    }
    FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(run.stream));
  }

  void end(RunContext& run, CaseRows& rows) override {
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
    ActivityLog const log = collector_->finish();
    collector_.reset();
    add_losses(log.losses(), run.losses);
    std::int64_t const offset_ns = axis_offset(log, anchors_, run.clocks.reference_ns);
    add_launches(run, log, names_, offset_ns, rows);
    for (traces::ActivityRecord row : log.rows()) {
      row.start_ns -= offset_ns;
      row.end_ns -= offset_ns;
      rows.activity.push_back(std::move(row));
    }
  }

 private:
  std::optional<ActivityCollector> collector_;
  ClockCalibration anchors_;
  KernelNames names_;
};

}  // namespace

std::unique_ptr<RunPass> activity_pass() { return std::make_unique<ActivityPass>(); }

}  // namespace fluxscope::profiler
