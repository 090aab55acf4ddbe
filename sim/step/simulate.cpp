#include "sim/step/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "runs/step/launches.hpp"
#include "runs/step/memory.hpp"
#include "runs/step/records.hpp"
#include "sim/device/interval.hpp"
#include "sim/device/simulate.hpp"
#include "sim/step/op_times.hpp"
#include "sim/step/timeline.hpp"

namespace fluxscope::sim {
namespace {

/// The launches of each case, as simulate() left them in the trace.
struct SimulatedCases {
  std::vector<std::vector<plan::LaunchOp>> ops;                // [cases][launches]
  std::vector<std::vector<traces::LaunchRecord const*>> rows;  // the same
};

SimulatedCases launches_of(traces::Trace const& trace) {
  SimulatedCases cases{
      .ops = std::vector<std::vector<plan::LaunchOp>>(trace.cases.size()),
      .rows = std::vector<std::vector<traces::LaunchRecord const*>>(trace.cases.size())};
  for (traces::LaunchRecord const& launch : trace.launches) {
    auto const op = plan::find_op(launch.op);
    expects(op.has_value(), "a simulated launch is of the catalog");
    cases.ops[launch.case_id].push_back(*op);
    cases.rows[launch.case_id].push_back(&launch);
  }
  return cases;
}

Standing standing_of(std::string const& provenance) {
  for (auto const standing :
       {Standing::calibrated, Standing::interpolated, Standing::extrapolated}) {
    if (to_text(standing) == provenance) return standing;
  }
  return Standing::transferred;
}

class StepSimulator {
 public:
  StepSimulator(plan::Experiment const& experiment, DeviceProfile const& profile,
                traces::Trace& trace)
      : experiment_(experiment),
        profile_(profile),
        trace_(trace),
        cases_(launches_of(trace)),
        begin_ns_(trace.launches.empty() ? 0 : trace.launches.back().end_ns + 1) {}

  void run() {
    for (plan::Step const& step : experiment_.steps) add(step);
  }

 private:
  [[nodiscard]] OpTime layer_time(runs::StepLaunch const& launch) const {
    traces::CaseRecord const& layer = trace_.cases[launch.case_id];
    traces::LaunchRecord const& row = *cases_.rows[launch.case_id][launch.case_launch];
    auto const time_ns = static_cast<double>(row.end_ns - row.start_ns);
    RatioInterval const interval = prediction_interval(
        profile_.phase(experiment_.cases[launch.case_id].plan.phase), layer.provenance);
    return {.time_ns = time_ns,
            .low_ns = time_ns * interval.low,
            .high_ns = time_ns * interval.high,
            .standing = standing_of(layer.provenance)};
  }

  /// The same products and rows come again in every layer.
  [[nodiscard]] OpTime time_of(runs::StepLaunch const& launch, std::int32_t ranks) {
    if (launch.case_id != traces::kNoRow) return layer_time(launch);
    plan::StepOp const& op = launch.op;
    auto const [found, is_new] =
        known_.try_emplace({op.op, op.gemm.m, op.gemm.n, op.gemm.k, op.bytes});
    if (is_new) found->second = op_time(op, ranks, profile_);
    return found->second;
  }

  [[nodiscard]] StepTimeline timeline(plan::Step const& step,
                                      std::vector<runs::StepLaunch> const& launches,
                                      std::vector<OpTime> const& times,
                                      double OpTime::*which) const {
    std::vector<TimedLaunch> timed;
    for (std::size_t i = 0; i < launches.size(); ++i) {
      bool const eager = step.mode == plan::LaunchMode::eager;
      timed.push_back({times[i].*which, eager ? host_ns(launches[i].op.op, profile_) : 0});
    }
    return step_timeline(step.mode, timed, launch_costs(profile_));
  }

  void add(plan::Step const& step) {
    auto const launches = runs::step_launches(experiment_.model, step, cases_.ops);
    if (trace_.step_launches.size() + launches.size() > limits::kStepLaunches) {
      throw InputError(experiment_.path + ": the steps have more than " +
                       std::to_string(limits::kStepLaunches) +
                       " launches (they are held in memory) split the experiment");
    }
    std::vector<OpTime> times;
    for (runs::StepLaunch const& one : launches) times.push_back(time_of(one, step.shape.ranks));
    StepTimeline const likely = timeline(step, launches, times, &OpTime::time_ns);
    traces::StepRecord record = runs::step_record(experiment_, step, trace_.cases, launches.size());
    record.time_ns = likely.time_ns;
    record.host_ns = likely.host_ns;
    bool const own_launches = !profile_.step.transferred.contains(kTransferredLaunch);
    Standing worst = own_launches ? Standing::calibrated : Standing::transferred;
    bool whole = true;  // every operation has an interval
    for (OpTime const& one : times) {
      worst = worse(worst, one.standing);
      whole = whole && std::isfinite(one.low_ns) && std::isfinite(one.high_ns);
    }
    if (whole) {
      record.time_low_ns = timeline(step, launches, times, &OpTime::low_ns).time_ns;
      record.time_high_ns = timeline(step, launches, times, &OpTime::high_ns).time_ns;
    }
    record.provenance = to_text(worst);
    add_launches(step, launches, times, likely);
    trace_.steps.push_back(std::move(record));
    begin_ns_ += static_cast<std::int64_t>(std::ceil(likely.time_ns));
  }

  void add_launches(plan::Step const& step, std::vector<runs::StepLaunch> const& launches,
                    std::vector<OpTime> const& times, StepTimeline const& when) {
    bool const eager = step.mode == plan::LaunchMode::eager;
    for (std::uint32_t i = 0; i < launches.size(); ++i) {
      traces::StepLaunchRecord row = runs::step_launch_record(step.step_id, i, launches[i]);
      if (launches[i].case_id != traces::kNoRow) {
        row.kernel = cases_.rows[row.case_id][launches[i].case_launch]->kernel;
      }
      row.start_ns = begin_ns_ + static_cast<std::int64_t>(when.begin_ns[i]);
      row.end_ns = begin_ns_ + static_cast<std::int64_t>(when.begin_ns[i] + times[i].time_ns);
      row.time_ns = times[i].time_ns;
      row.time_low_ns = times[i].low_ns;
      row.time_high_ns = times[i].high_ns;
      if (eager) row.host_ns = host_ns(launches[i].op.op, profile_);
      row.provenance = to_text(times[i].standing);
      trace_.step_launches.push_back(std::move(row));
    }
  }

  using Key = std::tuple<plan::LaunchOp, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

  plan::Experiment const& experiment_;
  DeviceProfile const& profile_;
  traces::Trace& trace_;
  SimulatedCases cases_;
  std::int64_t begin_ns_;  // where the next step begins on the trace's axis
  std::map<Key, OpTime> known_;
};

}  // namespace

traces::Trace simulate_experiment(plan::Experiment const& experiment,
                                  DeviceProfile const& profile) {
  runs::expect_steps_fit(experiment, profile.spec.memory_bytes);
  expect_step_tables(experiment, profile);
  traces::Trace trace = simulate(experiment, profile);
  if (experiment.steps.empty()) return trace;
  StepSimulator(experiment, profile, trace).run();
  trace.gates = runs::gate_records(experiment);
  return trace;
}

}  // namespace fluxscope::sim
