#include "sim/calibrate/data.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "base/statistics.hpp"
#include "base/text/printable.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/schedule.hpp"
#include "sim/calibrate/chip_of_trace.hpp"

namespace fluxscope::sim {
namespace {

/// Launches with more tiles teach a fit no more and cost it time.
constexpr std::size_t kMostTilesForMeans = 4096;
constexpr std::size_t kMeansPerLaunch = 8;

using DispatchSamples = std::map<plan::LaunchOp, std::vector<double>>;

/// Slowest first CTA of an SM after the earliest, per SM: how fast a launch fills the device.
void add_dispatch_samples(traces::Trace const& trace, DispatchSamples& samples) {
  struct FirstCtas {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t sms = 0;
  };
  std::map<std::uint32_t, FirstCtas> by_launch;
  for (traces::SmRecord const& sm : trace.sms) {
    if (sm.first_in_ns == traces::kMissingNs) continue;
    FirstCtas& entry = by_launch[sm.launch_id];
    if (entry.sms++ == 0) entry.first = entry.last = sm.first_in_ns;
    entry.first = std::min(entry.first, sm.first_in_ns);
    entry.last = std::max(entry.last, sm.first_in_ns);
  }
  for (auto const& [launch_id, entry] : by_launch) {
    auto const op = plan::find_op(trace.launches[launch_id].op);
    if (!op || entry.sms < trace.device.sm_count) continue;
    samples[*op].push_back(static_cast<double>(entry.last - entry.first) /
                           static_cast<double>(entry.sms));
  }
}

void check_device(CalibrationTrace const& source, DeviceSpec const& spec) {
  traces::Trace const& trace = source.trace;
  if (trace.run.source != "measured") {
    throw InputError(source.path + ": is a " + trace.run.source +
                     " trace (a fit to it would learn the model, not the GPU) give traces that "
                     "`fluxscope profile` wrote");
  }
  if (trace.device.sm_count != spec.sm_count || trace.device.cc_major != spec.cc_major) {
    throw InputError(source.path + ": was measured on " + trace.device.name + " with " +
                     std::to_string(trace.device.sm_count) + " SMs (the specification of " +
                     spec.name + " has " + std::to_string(spec.sm_count) +
                     ") name that GPU's specification with --spec");
  }
}

/// What a launch of a measured trace says of its kernel is what a profile can hold.
void expect_launch_in_range(traces::LaunchRecord const& launch, std::string const& path) {
  auto const expect = [&](char const* what, std::int64_t value, IntegerRange range) {
    if (value >= range.min && value <= range.max) return;
    throw InputError(path + ": launch " + std::to_string(launch.launch_id) + " of " +
                     shown(launch.op) + " has " + what + " " + std::to_string(value) +
                     " (outside [" + std::to_string(range.min) + ", " + std::to_string(range.max) +
                     "]: the trace was changed or damaged) profile the experiment again");
  };
  expect("ctas_per_sm", std::max(1, launch.ctas_per_sm), kCtasPerSm);
  expect("threads_per_cta", launch.threads_per_cta, kThreadsPerCta);
  expect("registers_per_thread", launch.registers_per_thread, kRegistersPerThread);
  expect("smem_bytes", launch.smem_bytes, kSmemBytes);
}

/// A case is the one of the experiment in everything that a prediction follows from.
void expect_same_case(traces::CaseRecord const& record, plan::Case const& planned,
                      std::string const& path) {
  plan::LayerPlan const& plan = planned.plan;
  std::int32_t kv_len = 0;
  for (plan::SequenceShape const& one : plan.sequences) kv_len = std::max(kv_len, one.kv_len);
  auto const expect = [&](char const* what, std::int64_t value, std::int64_t wanted) {
    if (value == wanted) return;
    throw InputError(path + ": case " + shown(record.name) + " has " + what + " " +
                     std::to_string(value) + ", its experiment plans " + std::to_string(wanted) +
                     " (the trace was changed or damaged) profile the experiment again");
  };
  expect("head_dim", record.head_dim, plan.shape.head_dim);
  expect("kv_heads", record.kv_heads, plan.shape.kv_heads);
  expect("full_kv_heads", record.full_kv_heads, planned.full_kv_heads);
  expect("batch", record.batch, static_cast<std::int64_t>(plan.sequences.size()));
  expect("kv_len", record.kv_len, kv_len);
}

/// The one kernel that all launches of an operation name; where none has a name, the program's
/// first for it.
std::map<plan::LaunchOp, std::string> kernel_names(std::vector<CalibrationTrace> const& traces) {
  std::map<plan::LaunchOp, std::map<std::string, std::string>> seen;  // and a trace that ran it
  for (CalibrationTrace const& source : traces) {
    for (traces::LaunchRecord const& launch : source.trace.launches) {
      auto const op = plan::find_op(launch.op);
      if (op) seen[*op].emplace(launch.kernel, source.path);
    }
  }
  std::map<plan::LaunchOp, std::string> names;
  for (auto& [op, kernels] : seen) {
    kernels.erase("");
    if (kernels.size() > 1) {
      auto const& [first, first_path] = *kernels.begin();
      auto const& [last, last_path] = *kernels.rbegin();
      throw InputError(last_path + ": ran " + last + ", and " + first_path + " " + first +
                       " (both " + plan::to_text(op) + ": a fit is of one of them) give traces " +
                       "of one kernel");
    }
    names[op] = kernels.empty() ? std::string(plan::op_row(op).kernels.front().name)
                                : kernels.begin()->first;
  }
  return names;
}

plan::MatrixInstruction instruction_of(std::string const& name, plan::LaunchOp op) {
  auto const& kernels = plan::op_row(op).kernels;
  auto const found = std::find_if(kernels.begin(), kernels.end(),
                                  [&](plan::OpKernel const& one) { return one.name == name; });
  return found == kernels.end() ? plan::MatrixInstruction::mma_sync : found->instruction;
}

/// Occupancy, registers and shared memory, as the launches say; a probed kernel may fit an SM fewer
/// times than the clean one, which the plans were made for.
void read_kernel_facts(std::vector<CalibrationTrace> const& traces, DeviceProfile& device) {
  auto const names = kernel_names(traces);
  for (auto const& [op, name] : names) {
    // Where no launch says its size: one CTA of a usual one per SM.
    device.add({.name = name,
                .op = op,
                .instruction = instruction_of(name, op),
                .threads_per_cta = 128,
                .registers_per_thread = 128});
  }
  for (CalibrationTrace const& source : traces) {
    std::set<plan::LaunchOp> clean;
    for (traces::LaunchRecord const& launch : source.trace.launches) {
      auto const op = plan::find_op(launch.op);
      if (!op || launch.threads_per_cta == 0) continue;
      if (launch.probe_level != 0 && clean.contains(*op)) continue;
      if (launch.probe_level == 0) clean.insert(*op);
      expect_launch_in_range(launch, source.path);
      KernelProfile& kernel = device.kernel(*op);
      kernel.ctas_per_sm = std::max(1, launch.ctas_per_sm);
      kernel.threads_per_cta = launch.threads_per_cta;
      kernel.registers_per_thread = launch.registers_per_thread;
      kernel.smem_bytes = launch.smem_bytes;
    }
  }
}

void add_tile_means(traces::Trace const& trace, std::map<std::uint32_t, std::size_t> const& rows,
                    CalibrationData& data) {
  std::map<std::uint32_t, std::vector<traces::TileTimeRecord const*>> by_launch;
  for (traces::TileTimeRecord const& row : trace.tile_times) {
    by_launch[row.launch_id].push_back(&row);
  }
  for (auto const& [launch_id, lengths] : by_launch) {
    traces::LaunchRecord const& launch = trace.launches[launch_id];
    auto const found = rows.find(launch.case_id);
    if (found == rows.end()) continue;
    CalibrationCase& target = data.cases[found->second];
    if (launch.index >= target.work.launches.size() ||
        target.work.launches[launch.index].tiles.size() > kMostTilesForMeans) {
      continue;
    }
    std::size_t const step = std::max<std::size_t>(1, lengths.size() / kMeansPerLaunch);
    for (std::size_t i = lengths.size(); i > 0; i -= std::min(i, step)) {
      traces::TileTimeRecord const& row = *lengths[i - 1];
      target.tile_means.push_back({launch.index, row.visited_blocks, row.mean_ns});
    }
  }
}

/// The plans made here must be those that ran.
void check_grids(CalibrationTrace const& source, std::map<std::uint32_t, std::size_t> const& rows,
                 CalibrationData const& data) {
  for (traces::LaunchRecord const& launch : source.trace.launches) {
    auto const found = rows.find(launch.case_id);
    if (found == rows.end()) continue;
    CalibrationCase const& planned = data.cases[found->second];
    if (launch.index < planned.work.launches.size() &&
        planned.work.launches[launch.index].grid_ctas == launch.grid_ctas) {
      continue;
    }
    throw InputError(source.path + ": launch " + std::to_string(launch.index) + " of case " +
                     planned.name +
                     " had another grid than its plan has today (the planner or the " +
                     "kernels' occupancy changed since) profile the experiment again");
  }
}

/// What a trace says of the tiles of one launch; 0: nothing.
struct RecordedTiles {
  std::int64_t grid_ctas = 0;
  std::int64_t timed = 0;  ///< rows of /tile_times, summed
};
using AttentionLaunches = std::map<std::uint32_t, RecordedTiles>;  // by LaunchRecord::index

std::map<std::uint32_t, AttentionLaunches> attention_launches(traces::Trace const& trace) {
  std::map<std::uint32_t, std::int64_t> timed;  // by launch_id
  for (traces::TileTimeRecord const& row : trace.tile_times) timed[row.launch_id] += row.count;
  std::map<std::uint32_t, AttentionLaunches> by_case;
  for (traces::LaunchRecord const& launch : trace.launches) {
    auto const op = plan::find_op(launch.op);
    if (!op || plan::op_row(*op).counted_as != plan::CountedAs::attention) continue;
    RecordedTiles& tiles = by_case[launch.case_id][launch.index];
    tiles.grid_ctas = launch.grid_ctas;
    if (auto const found = timed.find(launch.launch_id); found != timed.end()) {
      tiles.timed = found->second;
    }
  }
  return by_case;
}

/// The plan as it ran: the rule that chose its splits may have changed since.
plan::LayerWork work_that_ran(plan::LayerPlan const& plan, plan::DeviceSlots const& slots,
                              AttentionLaunches const& launches) {
  std::vector<std::int64_t> tiles;
  for (auto const& [index, recorded] : launches) {
    bool const by_grid = plan::one_tile_per_cta(plan.scheduler);
    tiles.push_back(by_grid ? recorded.grid_ctas : recorded.timed);
  }
  return plan::recorded_layer_work(plan, slots, tiles);
}

std::string window_text(traces::CaseRecord const& record) {
  return record.sparse_kind + " " + std::to_string(record.sink_tokens) + "/" +
         std::to_string(record.local_tokens) + "/" + std::to_string(record.last_tokens);
}

void add_cases(CalibrationTrace const& source, CalibrationData& data) {
  std::map<std::string, plan::Case const*> by_name;
  for (plan::Case const& layer_case : source.experiment.cases)
    by_name[layer_case.name] = &layer_case;
  std::vector<plan::Case const*> plans;
  std::vector<AttentionLaunches> launches;  // [plans]
  auto launches_of = attention_launches(source.trace);
  std::map<std::uint32_t, std::size_t> rows;  // case_id -> index in data.cases
  std::size_t const first = data.cases.size();
  for (traces::CaseRecord const& record : source.trace.cases) {
    auto const found = by_name.find(record.name);
    if (found == by_name.end()) {
      throw InputError(source.path + ": case " + record.name + " is not in experiment " +
                       source.experiment.name + " (the trace is of another version of it) " +
                       "profile the experiment again");
    }
    expect_same_case(record, *found->second, source.path);
    if (!std::isfinite(record.time_ns) || record.time_ns <= 0) {
      ++data.cases_left_out;
      continue;
    }
    rows[record.case_id] = data.cases.size();
    plans.push_back(found->second);
    launches.push_back(std::move(launches_of[record.case_id]));
    data.cases.push_back({.name = record.name,
                          .phase = found->second->plan.phase,
                          .batch = record.batch,
                          .q_len = record.q_len,
                          .kv_len = record.kv_len,
                          .window = window_text(record),
                          .execution = record.execution,
                          .scheduler = record.scheduler,
                          .head_dim = record.head_dim,
                          .q_heads = found->second->plan.shape.q_heads,
                          .kv_heads = record.kv_heads,
                          .full_kv_heads = record.full_kv_heads,
                          .time_ns = record.time_ns});
  }
  plan::DeviceSlots const slots = data.device.slots();
  parallel_for(plans.size(), [&](std::size_t i) {
    plan::LayerWork& work = data.cases[first + i].work;
    work = work_that_ran(plans[i]->plan, slots, launches[i]);
    work.kv = {};
    for (plan::WorkList& list : work.launches) list.block_list = {};  // costs memory, not read here
  });
  check_grids(source, rows, data);
  add_tile_means(source.trace, rows, data);
}

}  // namespace

CalibrationData read_calibration_data(std::vector<CalibrationTrace> const& traces,
                                      DeviceSpec const& spec) {
  CalibrationData data;
  data.device.spec = spec;
  data.device.provenance = "fitted";
  DispatchSamples dispatch;
  for (CalibrationTrace const& source : traces) {
    check_device(source, spec);
    if (!data.device.chip.known()) data.device.chip = chip_of_trace(source.trace.sm_places);
    add_dispatch_samples(source.trace, dispatch);
    std::string const& from = data.device.made_from;
    data.device.made_from =
        from + (from.empty() ? "" : ", ") + std::filesystem::path(source.path).filename().string();
  }
  read_kernel_facts(traces, data.device);
  for (auto const& [op, samples] : dispatch) {
    data.device.kernel(op).cost.cta_dispatch_ns = median(samples);
  }
  for (CalibrationTrace const& source : traces) add_cases(source, data);
  if (data.cases.empty()) {
    throw InputError(
        "calibrate: no case of these traces has a clean time (the timing pass is absent) "
        "profile again with it");
  }
  return data;
}

}  // namespace fluxscope::sim
