#include "sim/device/simulate.hpp"
#include "sim/device/interval.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "base/terminal/progress.hpp"
#include "plan/layer/names.hpp"
#include "runs/cases/plan.hpp"
#include "runs/cases/record.hpp"
#include "runs/cases/row_records.hpp"
#include "runs/launch/external_id.hpp"
#include "runs/launch/keep_rule.hpp"
#include "runs/launch/rows.hpp"
#include "runs/losses.hpp"
#include "sim/device/kept_rows.hpp"
#include "sim/device/launch_rows.hpp"
#include "sim/device/layer_times.hpp"
#include "traces/pass.hpp"

namespace fluxscope::sim {
namespace {

constexpr traces::Pass kPass = traces::Pass::probe;  // whose tables the simulator fills

struct CaseRows {
  traces::CaseRecord record;
  std::int64_t length_ns = 0;
  std::vector<runs::LaunchRows> launches;
  runs::Losses losses;
};

bool holds(std::vector<std::int64_t> const& sorted, std::int64_t value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

bool inside(std::vector<std::int64_t> const& sorted, std::int64_t value) {
  return !sorted.empty() && sorted.front() <= value && value <= sorted.back();
}

CaseRows simulate_case(plan::Case const& layer_case, plan::MeasureSettings const& settings,
                       DeviceProfile const& profile) {
  auto const work = runs::plan_case(layer_case.plan, profile.slots(), profile.spec.memory_bytes);
  auto const times = simulate_layer(work, profile, layer_case.plan.shape.head_dim, Detail::spans);
  CaseRows rows{.record = runs::case_record(layer_case, work),
                .length_ns = (times.longest_ps + 999) / 1000};
  traces::CaseRecord& record = rows.record;
  record.provenance = provenance(profile, layer_case.plan.phase, layer_case.plan.shape,
                                 record.batch, record.kv_len);
  RatioInterval const interval =
      prediction_interval(profile.phase(layer_case.plan.phase), record.provenance);
  record.time_ns = static_cast<double>(times.time_ps) / 1e3;
  record.time_low_ns = static_cast<double>(times.shortest_ps) / 1e3 * interval.low;
  record.time_high_ns = static_cast<double>(times.longest_ps) / 1e3 * interval.high;
  for (std::uint32_t i = 0; i < work.launches.size(); ++i) {
    plan::WorkList const& list = work.launches[i];
    rows.launches.push_back(launch_rows(list, times.launches[i], profile));
    traces::LaunchRecord& launch = rows.launches.back().launch;
    launch.case_id = record.case_id;
    launch.index = i;
    std::int64_t const begin_ns = times.launch_begin_ps[i] / 1000;
    launch.start_ns += begin_ns;
    launch.end_ns += begin_ns;
    runs::KeepRule const keep =
        runs::keep_rule(settings, record.kv_len, launch.grid_ctas, launch.threads_per_cta);
    runs::apply(keep, list, rows.launches.back(), rows.losses);
  }
  return rows;
}

void shift(std::int64_t& time_ns, std::int64_t by_ns) {
  if (time_ns != traces::kMissingNs) time_ns += by_ns;
}

/// Moves one launch into the trace: ids, and times from the launch's begin to the trace's axis.
void add_launch(runs::LaunchRows rows, std::int64_t case_begin_ns, traces::Trace& trace) {
  auto const id = static_cast<std::uint32_t>(trace.launches.size());
  traces::LaunchRecord& launch = rows.launch;
  launch.launch_id = id;
  launch.pass = traces::number(kPass);
  launch.external_id = runs::external_id(launch.case_id, kPass, 0);
  launch.start_ns += case_begin_ns;
  launch.end_ns += case_begin_ns;
  std::int64_t const begin_ns = launch.start_ns;
  shift(launch.first_cta_ns, begin_ns);
  shift(launch.last_cta_ns, begin_ns);
  for (traces::SmRecord& sm : rows.sms) {
    sm.launch_id = id;
    shift(sm.first_in_ns, begin_ns);
    shift(sm.last_out_ns, begin_ns);
  }
  for (traces::CtaRecord& cta : rows.ctas) {
    cta.launch_id = id;
    cta.t_in_ns += begin_ns;
    cta.t_out_ns += begin_ns;
  }
  for (traces::WorkRecord& work : rows.work) {
    work.launch_id = id;
    work.t_begin_ns += begin_ns;
    work.t_end_ns += begin_ns;
  }
  for (traces::TileTimeRecord& row : rows.tile_times) row.launch_id = id;
  auto const append = [](auto& to, auto const& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(trace.sms, rows.sms);
  append(trace.ctas, rows.ctas);
  append(trace.work, rows.work);
  append(trace.tiles, rows.tiles);
  append(trace.tile_times, rows.tile_times);
  trace.launches.push_back(std::move(launch));
}

traces::DeviceInfo device_info(DeviceProfile const& profile) {
  DeviceSpec const& spec = profile.spec;
  return {.name = spec.name,
          .chip = spec.chip,
          .cc_major = spec.cc_major,
          .cc_minor = spec.cc_minor,
          .sm_count = spec.sm_count,
          .memory_bytes = spec.memory_bytes,
          .l2_bytes = spec.l2_bytes,
          .smem_optin_bytes = spec.smem_optin_bytes,
          .sm_clock_max_hz = spec.sm_clock_max_hz,
          .hbm_bytes_per_s = spec.hbm_bytes_per_s,
          .bf16_flop_per_s = spec.bf16_flop_per_s,
          .profile = spec.name + ", " + profile.provenance + " from " + profile.made_from};
}

std::vector<traces::PassRecord> passes() {
  std::vector<traces::PassRecord> records;
  for (traces::PassInfo const& one : traces::kPasses) {
    bool const present = one.pass == traces::Pass::timing || one.pass == kPass;
    records.push_back({.pass = traces::number(one.pass),
                       .name = std::string(one.name),
                       .present = present,
                       .reason = present ? "" : "a simulated run has no such instrument"});
  }
  return records;
}

/// simulate_case on all cores, with progress.
std::vector<CaseRows> simulate_cases(plan::Experiment const& experiment,
                                     DeviceProfile const& profile) {
  std::vector<CaseRows> rows(experiment.cases.size());
  Progress progress("simulate", "cases", rows.size());
  std::mutex mutex;
  std::size_t done = 0;
  parallel_for(rows.size(), [&](std::size_t i) {
    try {
      rows[i] = simulate_case(experiment.cases[i], experiment.measure, profile);
    } catch (InputError const& error) {
      throw InputError("case " + experiment.cases[i].name + ": " + error.what());
    }
    std::lock_guard const lock(mutex);
    progress.update(++done);
  });
  return rows;
}

/// The profile with the kernels that the experiment names.
DeviceProfile with_named_kernels(DeviceProfile profile, plan::Experiment const& experiment) {
  if (experiment.prefill_kernel) {
    profile.run(plan::LaunchOp::prefill, plan::to_text(*experiment.prefill_kernel),
                experiment.path + ": prefill_kernel");
  }
  return profile;
}

}  // namespace

std::string provenance(DeviceProfile const& profile, plan::Phase phase,
                       plan::AttentionShape const& shape, std::int64_t batch, std::int64_t kv_len) {
  if (profile.provenance == "transferred") return "transferred";
  PhaseEvidence const& evidence = profile.phase(phase);
  auto const& shapes = evidence.shapes;
  bool const seen = std::find(shapes.begin(), shapes.end(), shape) != shapes.end();
  if (!shapes.empty() && !seen) return "extrapolated";
  if (holds(evidence.kv_lens, kv_len) && holds(evidence.batches, batch)) return "calibrated";
  bool const within = inside(evidence.kv_lens, kv_len) && inside(evidence.batches, batch);
  return within ? "interpolated" : "extrapolated";
}

traces::Trace simulate(plan::Experiment const& experiment, DeviceProfile const& given) {
  DeviceProfile const profile = with_named_kernels(given, experiment);
  expect_few_kept_tiles(experiment);
  traces::Trace trace;
  trace.run = {.source = "simulated",
               .creator_version = build_info().git_hash,
               .experiment_name = experiment.name,
               .experiment_toml = experiment.toml};
  trace.device = device_info(profile);
  trace.complete = true;
  trace.passes = passes();
  trace.rows = runs::row_records(experiment);
  trace.row_layers = runs::row_layer_records(experiment);
  runs::Losses losses;
  std::int64_t begin_ns = 0;
  for (CaseRows& rows : simulate_cases(experiment, profile)) {
    for (runs::LaunchRows& launch : rows.launches) {
      add_launch(std::move(launch), begin_ns, trace);
    }
    losses.add(rows.losses);
    begin_ns += rows.length_ns;
    trace.cases.push_back(std::move(rows.record));
  }
  trace.losses = losses.records(true);
  return trace;
}

}  // namespace fluxscope::sim
