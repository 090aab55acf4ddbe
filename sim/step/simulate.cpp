#include "sim/step/simulate.hpp"

#include <cmath>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "runs/step/launches.hpp"
#include "runs/step/memory.hpp"
#include "runs/step/records.hpp"
#include "sim/device/simulate.hpp"
#include "sim/step/step_time.hpp"

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

class StepSimulator {
 public:
  StepSimulator(plan::Experiment const& experiment, DeviceProfile const& profile,
                traces::Trace& trace)
      : experiment_(experiment),
        profile_(profile),
        trace_(trace),
        cases_(launches_of(trace)),
        begin_ns_(trace.launches.empty() ? 0 : trace.launches.back().end_ns + 1),
        known_(profile) {}

  void run() {
    for (plan::Step const& step : experiment_.steps) add(step);
  }

 private:
  [[nodiscard]] OpTime layer_time(runs::StepLaunch const& launch) const {
    traces::CaseRecord const& layer = trace_.cases[launch.case_id];
    traces::LaunchRecord const& row = *cases_.rows[launch.case_id][launch.case_launch];
    auto const time_ns = static_cast<double>(row.end_ns - row.start_ns);
    return layer_launch_time(time_ns, experiment_.cases[launch.case_id].plan.phase,
                             standing_from(layer.provenance), profile_);
  }

  [[nodiscard]] OpTime time_of(runs::StepLaunch const& launch, std::int32_t ranks) {
    if (launch.case_id != traces::kNoRow) return layer_time(launch);
    return known_.of(launch.op, ranks);
  }

  void add(plan::Step const& step) {
    auto const launches = runs::step_launches(experiment_.model, step, cases_.ops);
    if (trace_.step_launches.size() + launches.size() > limits::kStepLaunches) {
      throw InputError(experiment_.path + ": the steps have more than " +
                       std::to_string(limits::kStepLaunches) +
                       " launches (they are held in memory) split the experiment");
    }
    std::vector<OpTime> times;
    std::vector<plan::LaunchOp> ops;
    for (runs::StepLaunch const& one : launches) {
      times.push_back(time_of(one, step.shape.ranks));
      ops.push_back(one.op.op);
    }
    StepTime const time = step_time(step.mode, ops, times, profile_);
    traces::StepRecord record = runs::step_record(experiment_, step, trace_.cases, launches.size());
    record.time_ns = time.total.time_ns;
    record.host_ns = time.likely.host_ns;
    record.time_low_ns = time.total.low_ns;
    record.time_high_ns = time.total.high_ns;
    record.provenance = to_text(time.total.standing);
    add_launches(step, launches, times, time.likely);
    trace_.steps.push_back(std::move(record));
    begin_ns_ += static_cast<std::int64_t>(std::ceil(time.likely.time_ns));
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

  plan::Experiment const& experiment_;
  DeviceProfile const& profile_;
  traces::Trace& trace_;
  SimulatedCases cases_;
  std::int64_t begin_ns_;  // where the next step begins on the trace's axis
  OpTimeBook known_;
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
