#include "profiler/run/pass/probe.hpp"

#include <utility>

#include "plan/layer/names.hpp"
#include "plan/layer/schedule.hpp"
#include "profiler/probe/decode.hpp"
#include "profiler/run/probe_regions.hpp"
#include "profiler/timing/warm_up.hpp"
#include "runs/launch/external_id.hpp"
#include "runs/launch/keep_rule.hpp"
#include "runs/launch/rows.hpp"

namespace fluxscope::profiler {
namespace {

constexpr traces::Pass kPass = traces::Pass::probe;

traces::LaunchRecord launch_record(RunContext& run, std::size_t index,
                                   DeviceCase const& device_case, std::size_t launch) {
  auto const facts = device_case.facts(launch, kernels::ProbeLevel::l0);
  auto const case_id = static_cast<std::uint32_t>(index);
  plan::WorkList const& list = device_case.list(launch);
  return {.launch_id = run.next_launch_id++,
          .case_id = case_id,
          .pass = traces::number(kPass),
          .index = static_cast<std::uint32_t>(launch),
          .op = plan::to_text(list.op),
          .counted_as = plan::counted_as(list.op),
          .kernel = facts.name != nullptr ? facts.name : "",
          .probe_level = static_cast<std::uint8_t>(kernels::ProbeLevel::l0),
          .grid_ctas = list.grid_ctas,
          .threads_per_cta = facts.threads_per_cta,
          .ctas_per_sm = facts.ctas_per_sm,
          .registers_per_thread = facts.registers_per_thread,
          .smem_bytes = facts.smem_bytes,
          .external_id = runs::external_id(case_id, kPass, 0)};
}

/// Moves a decoded launch into the rows that the keep rule admits and counts the others.
void keep_rows(RunContext& run, LaunchTimeline timeline, plan::WorkList const& list,
               traces::LaunchRecord launch, CaseRows& rows) {
  launch.first_cta_ns = timeline.window.first_ns;
  launch.last_cta_ns = timeline.window.last_ns;
  launch.records_dropped = timeline.dropped;
  run.losses.add(runs::Loss::probe_records_dropped, static_cast<std::int64_t>(timeline.dropped));
  runs::LaunchRows kept{.launch = std::move(launch),
                        .sms = std::move(timeline.sms),
                        .ctas = std::move(timeline.ctas),
                        .work = std::move(timeline.work),
                        .warps = std::move(timeline.warps),
                        .tile_times = std::move(timeline.tile_times)};
  std::int32_t const kv_len = run.cases.records()[kept.launch.case_id].kv_len;
  runs::KeepRule const rule =
      runs::keep_rule(run.settings(), kv_len, kept.launch.grid_ctas, kept.launch.threads_per_cta);
  runs::apply(rule, list, kept, run.losses);
  append_all(rows.sms, kept.sms);
  append_all(rows.ctas, kept.ctas);
  append_all(rows.work, kept.work);
  append_all(rows.warps, kept.warps);
  append_all(rows.tiles, kept.tiles);
  append_all(rows.tile_times, kept.tile_times);
  rows.launches.push_back(std::move(kept.launch));
}

class ProbePass : public RunPass {
 public:
  traces::Pass id() const override { return kPass; }

  void run_case(RunContext& run, std::size_t index, DeviceCase const& device_case,
                CaseRows& rows) override {
    ProbeRegions const regions(device_case, run.memory);
    if (wants_warm_up(run.cases.records()[index].time_ns)) {
      regions.launch_all(device_case, {}, run.stream);
    }
    regions.clear(run.stream);
    regions.launch_all(device_case, {.copy = 1 % device_case.copies()}, run.stream);
    auto const records = regions.read(run.stream);
    for (std::size_t i = 0; i < device_case.launches(); ++i) {
      plan::WorkList const& list = device_case.list(i);
      traces::LaunchRecord launch = launch_record(run, index, device_case, i);
      auto timeline = decode_probe({.launch_id = launch.launch_id,
                                    .grid_ctas = static_cast<std::uint32_t>(launch.grid_ctas),
                                    .warps_per_cta = regions.warps_per_cta(i),
                                    .warps = regions.warps_of(records, i),
                                    .tiles = regions.tiles_of(records, i),
                                    .plan_tiles = list.tiles,
                                    .one_tile_per_cta = plan::one_tile_per_cta(list.scheduler)},
                                   run.clocks, run.tick_ns);
      run.crosschecks.add_probe(
          launch.case_id, launch.index,
          {.busy_mean_cyc = timeline.busy_mean_cyc,
           .busy_max_cyc = timeline.busy_max_cyc,
           .span_ns = static_cast<double>(timeline.window.last_ns - timeline.window.first_ns)});
      keep_rows(run, std::move(timeline), list, std::move(launch), rows);
    }
  }
};

}  // namespace

std::unique_ptr<RunPass> probe_pass() { return std::make_unique<ProbePass>(); }

}  // namespace fluxscope::profiler
