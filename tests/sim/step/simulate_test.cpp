#include "sim/step/simulate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/device/simulate.hpp"
#include "tests/close.hpp"
#include "tests/plan/experiment/step_file.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/sim/step/small_tables.hpp"
#include "traces/file/reader.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SimulateSteps : public plan::testing::StepFileTest {
 protected:
  static DeviceProfile profile() {
    DeviceProfile profile = testing::h200_like();
    profile.step = testing::small_tables(profile.spec);
    return profile;
  }
  std::string refused(plan::Experiment const& experiment, DeviceProfile const& with) {
    return fluxscope::testing::refusal(
        [&] { static_cast<void>(simulate_experiment(experiment, with)); });
  }
  /// Time and number of the launches of the only case.
  static std::pair<double, int> attention(traces::Trace const& trace) {
    double time_ns = 0;
    int launches = 0;
    for (traces::LaunchRecord const& one : trace.launches) {
      time_ns += static_cast<double>(one.end_ns - one.start_ns);
      ++launches;
    }
    return {time_ns, launches};
  }
};

TEST_F(SimulateSteps, TransferredOperationsAndLaunchesAreSaidToBe) {
  auto const experiment = load(steps(kFull, kDecode, "launch = [\"graph\"]\n"));
  DeviceProfile with = profile();
  with.step.transferred_from = "other";
  with.step.transferred = {"silu_mul", "launch"};
  with.step.held_out["rows"] = {.low_ratio = 0.9, .high_ratio = 1.2, .points = 40};

  traces::Trace const trace = simulate_experiment(experiment, with);

  EXPECT_EQ(trace.steps.at(0).provenance, "transferred");
  for (traces::StepLaunchRecord const& one : trace.step_launches) {
    if (one.op == "silu_mul") {
      EXPECT_EQ(one.provenance, "transferred");
      EXPECT_TRUE(close(one.time_high_ns, 1.2 * 1.4 * one.time_ns, {1e-6, 0}));
    }
    if (one.op == "rms_norm") {
      EXPECT_EQ(one.provenance, "calibrated");
      EXPECT_TRUE(close(one.time_low_ns, 0.9 * one.time_ns, {1e-6, 0}));
    }
  }
  with.step.transferred = {"silu_mul"};
  traces::Trace const own_launches = simulate_experiment(experiment, with);
  EXPECT_EQ(own_launches.steps.at(0).provenance, "transferred");
  with.step.transferred = {"launch"};
  EXPECT_EQ(simulate_experiment(experiment, with).steps.at(0).provenance, "transferred");
  with.step.transferred = {};
  EXPECT_NE(simulate_experiment(experiment, with).steps.at(0).provenance, "transferred");
}

TEST_F(SimulateSteps, AGraphIsTheSumOfItsOperationsAndGaps) {
  auto const experiment = load(steps(kFull, kDecode, "launch = [\"graph\"]\n"));

  traces::Trace const trace = simulate_experiment(experiment, profile());

  ASSERT_EQ(trace.cases.size(), 1u);  // four equal layers, simulated once
  auto const [layer_ns, layer_launches] = attention(trace);
  int const launches = testing::kSmallTokenLaunches + 4 * layer_launches;
  traces::StepRecord const& step = trace.steps.at(0);
  EXPECT_EQ(step.launches, launches);
  EXPECT_EQ(trace.step_launches.size(), static_cast<std::size_t>(launches));
  EXPECT_TRUE(close(step.time_ns,
                    7000 + testing::kSmallTokenNs + 4 * layer_ns + 300 * (launches - 1),
                    {1e-6, 0}));
  EXPECT_EQ(step.kv_bytes_held, 4 * trace.cases[0].kv_bytes_held);
  EXPECT_NO_THROW(traces::validate(trace, "steps.h5"));
}

TEST_F(SimulateSteps, AnEagerStepOfASlowHostIsTheHosts) {
  auto const experiment = load(steps(kFull, kDecode, "launch = [\"eager\"]\n"));
  DeviceProfile slow = profile();
  for (auto& [op, ns] : slow.step.launch->host_ns) ns = 1e5;

  traces::Trace const trace = simulate_experiment(experiment, slow);

  traces::StepRecord const& step = trace.steps.at(0);
  // Every call is later than the kernel before it; the last kernel is greedy_token.
  EXPECT_TRUE(close(step.host_ns, 1e5 * step.launches, {1e-6, 0}));
  EXPECT_TRUE(close(step.time_ns, 1e5 * step.launches + 900 + 1600, {1e-6, 0}));
}

TEST_F(SimulateSteps, LaunchesCarryLayerWorkAndPlaceInTime) {
  auto const experiment = load(steps(kFull, kDecode, "launch = [\"graph\"]\n"));
  traces::Trace const trace = simulate_experiment(experiment, profile());

  std::int64_t end_ns = trace.launches.back().end_ns;
  std::uint32_t layers = 0;
  for (traces::StepLaunchRecord const& launch : trace.step_launches) {
    EXPECT_GE(launch.start_ns, end_ns) << launch.index;
    end_ns = launch.end_ns;
    if (launch.op == "qkv_gemm") {
      EXPECT_EQ(launch.n, 512);
    }
    if (launch.op == "decode") {
      EXPECT_EQ(launch.layer, layers++);
      EXPECT_EQ(launch.case_id, 0u);
      EXPECT_EQ(launch.kernel, trace.launches.at(0).kernel);
    }
  }
  EXPECT_EQ(layers, 4u);
}

// Attention lies within the profile's own 90 %; products and rows are points of their tables, which
// have too few others to tell an interval.
TEST_F(SimulateSteps, IntervalsAndProvenanceAreThoseOfTheOperations) {
  auto const experiment = load(steps(kFull, kDecode, "launch = [\"graph\"]\n"));
  DeviceProfile const with = profile();

  traces::Trace const trace = simulate_experiment(experiment, with);

  PhaseEvidence const& evidence = with.phase(plan::Phase::decode);
  for (traces::StepLaunchRecord const& launch : trace.step_launches) {
    if (launch.case_id != traces::kNoRow) {
      EXPECT_TRUE(close(launch.time_low_ns, launch.time_ns * evidence.low_ratio, {1e-9, 0}));
      EXPECT_EQ(launch.provenance, trace.cases[0].provenance);
    } else {
      EXPECT_EQ(launch.provenance, "calibrated") << launch.op;
    }
    EXPECT_EQ(std::isnan(launch.time_low_ns), launch.op.ends_with("_gemm")) << launch.op;
  }
  EXPECT_EQ(trace.steps[0].provenance, trace.cases[0].provenance);
  EXPECT_TRUE(std::isnan(trace.steps[0].time_low_ns));
}

TEST_F(SimulateSteps, AnExperimentOfLayersIsSimulatedAsBefore) {
  auto const experiment = load(text(kFull));
  traces::Trace const trace = simulate_experiment(experiment, testing::h200_like());
  EXPECT_TRUE(trace.steps.empty());
  EXPECT_EQ(trace.cases.at(0).time_ns,
            simulate(experiment, testing::h200_like()).cases.at(0).time_ns);
}

TEST_F(SimulateSteps, ATableThatTheProfileLacksIsNamedWithAWayToGetIt) {
  auto const decode = load(steps(kFull));
  EXPECT_THAT(refused(decode, testing::h200_like()),
              AllOf(HasSubstr("has no [launch]"), HasSubstr("docs/simulator.md")));
  DeviceProfile with = profile();
  with.step.gemm = {};
  EXPECT_THAT(refused(decode, with), HasSubstr("has no [[gemm]]"));
  with = profile();
  with.step.rows.erase(plan::LaunchOp::silu_mul);
  EXPECT_THAT(refused(decode, with), HasSubstr("has no [[rows]] of op silu_mul"));
  with = profile();
  with.step.launch->host_ns.erase(plan::LaunchOp::decode);
  EXPECT_THAT(refused(decode, with), HasSubstr("has no decode in [launch.host_ns]"));
  auto const ranks = load(steps(kFull, kDecode, "ranks = 2\n"));
  EXPECT_THAT(refused(ranks, profile()), HasSubstr("has no [[collective]] of 2 ranks"));
  auto const routed = load(steps("[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n", prefill("512")));
  EXPECT_THAT(refused(routed, profile()), HasSubstr("has no [[rows]] of op router"));
}

TEST_F(SimulateSteps, AStepBeyondTheMemoryIsRefusedBeforeAnythingIsSimulated) {
  DeviceProfile small = profile();
  small.spec.memory_bytes = 1'000'000;  // the weights are more
  EXPECT_THAT(refused(load(steps(kFull)), small), AllOf(HasSubstr("step decode/b1/kv4096/full"),
                                                        HasSubstr("of device memory are needed")));
}

}  // namespace
}  // namespace fluxscope::sim
