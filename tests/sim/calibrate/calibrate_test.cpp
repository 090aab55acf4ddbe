#include "sim/calibrate/calibrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/random.hpp"
#include "plan/layer/names.hpp"
#include "sim/calibrate/fit.hpp"
#include "sim/calibrate/fit_parameters.hpp"
#include "sim/device/simulate.hpp"
#include "tests/close.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/experiments.hpp"
#include "tests/sim/profiles.hpp"
#include "traces/file/reader.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::ThrowsMessage;

/// A "measured" trace: a simulated one whose case times carry noise of +-`noise_ratio`.
std::vector<CalibrationTrace> planted_traces(double noise_ratio,
                                             DeviceProfile planted = testing::h200_like()) {
  for (KernelProfile& kernel : planted.kernels) {
    bool const by_memory = plan::op_row(kernel.op).limit == plan::OpLimit::device_memory;
    kernel.cost.saturation_power = by_memory ? kSaturationPower : 0;
  }
  CalibrationTrace source{.experiment = testing::grid_experiment(), .path = "planted.h5"};
  source.experiment.measure.keep_contexts = {1};  // no CTA rows: a fit does not read them
  source.trace = simulate(source.experiment, planted);
  source.trace.run.source = "measured";
  Random random(42);
  for (auto& record : source.trace.cases) {
    record.time_ns *= 1 + noise_ratio * (2 * random.unit() - 1);
  }
  return {std::move(source)};
}

std::set<std::string> axes_of(std::vector<HoldOutErrors> const& errors) {
  std::set<std::string> axes;
  for (HoldOutErrors const& row : errors) axes.insert(row.set.by);
  return axes;
}

TEST(Calibrate, RecoversPlantedRatesFromNoisyTimes) {
  auto const traces = planted_traces(0.01);
  auto const data = read_calibration_data(traces, testing::h200_like().spec);

  auto const result = calibrate(data, {.rounds = 6, .fold_rounds = 1});

  auto const planted = testing::h200_like();
  auto const& got = result.profile;
  auto const cost = [](DeviceProfile const& profile, plan::LaunchOp op) {
    return profile.kernel(op).cost;
  };
  // Every parameter has its interval, in what is printed and in the profile's file.
  EXPECT_EQ(result.intervals.size(), fit_parameters(got).size());
  EXPECT_THAT(calibration_text(result), AllOf(HasSubstr("90 % interval"), HasSubstr(" to ")));
  EXPECT_THAT(device_profile_text(got), ::testing::ContainsRegex("launch_ns = [0-9.]+  # "));
  EXPECT_EQ(got.phase(plan::Phase::decode).shapes,
            std::vector{traces[0].experiment.cases[0].plan.shape});
  // 1 % of noise on some hundred cases moves a rate by well under 3 %.
  EXPECT_TRUE(close(cost(got, plan::LaunchOp::decode).shared_block_ns,
                    cost(planted, plan::LaunchOp::decode).shared_block_ns, {.relative = 0.03}));
  EXPECT_TRUE(close(cost(got, plan::LaunchOp::decode).block_ns,
                    cost(planted, plan::LaunchOp::decode).block_ns, {.relative = 0.03}));
  EXPECT_TRUE(close(cost(got, plan::LaunchOp::prefill).shared_block_ns,
                    cost(planted, plan::LaunchOp::prefill).shared_block_ns, {.relative = 0.03}));
  EXPECT_TRUE(close(cost(got, plan::LaunchOp::decode).cta_dispatch_ns, 2, {.relative = 0.05}));
  for (auto const& row : result.errors) {
    EXPECT_LT(row.set.mape_ratio, 0.03) << row.set.by;
    EXPECT_GT(row.set.cases, 0);
  }
  EXPECT_THAT(axes_of(result.errors),
              IsSupersetOf({"fixed held-out contexts", "context", "full heads", "frontier"}));
  EXPECT_EQ(got.provenance, "fitted");
  EXPECT_EQ(got.evidence[1].kv_lens, (std::vector<std::int64_t>{8192, 131072}));
  EXPECT_EQ(got.evidence[1].batches, (std::vector<std::int64_t>{1, 4}));
  EXPECT_LT(got.evidence[1].low_ratio, 1);
  EXPECT_GT(got.evidence[1].high_ratio, 1);
}

/// prefill_wgmma: one CTA per SM, 1.6 us a block, 660 TFLOP/s.
DeviceProfile h200_with_wgmma() {
  DeviceProfile profile = testing::h200_like();
  KernelProfile& kernel = profile.kernel(plan::LaunchOp::prefill);
  kernel.name = "prefill_wgmma";
  kernel.instruction = plan::MatrixInstruction::wgmma;
  kernel.cost.block_ns = 1600;
  kernel.cost.shared_block_ns = 0;
  kernel.ctas_per_sm = 1;
  return profile;
}

TEST(Calibrate, ARecordedTraceIsPlannedAsItRan) {
  // The layers whose heads all stream ran as 136 tiles of one block under the rule of that day;
  // uniform_splits() would cut them into 72 now.
  std::string const root = FLUXSCOPE_SOURCE_DIR;
  CalibrationTrace source{
      .trace = traces::read_trace(root + "/traces/recorded/head-vs-layer-decode.h5"),
      .experiment = plan::load_experiment(root + "/configs/experiments/head-vs-layer-decode.toml"),
      .path = "recorded"};
  std::erase_if(source.trace.cases, [](auto const& one) { return one.kv_len != 8192; });

  auto const data = read_calibration_data({source}, testing::h200_like().spec);

  int all_sparse = 0;
  for (CalibrationCase const& one : data.cases) {
    if (one.full_kv_heads > 0 || one.batch != 1) continue;
    if (one.name.find("natural") == std::string::npos) continue;
    EXPECT_EQ(one.work.launches.at(0).tiles.size(), 136u) << one.name;
    ++all_sparse;
  }
  EXPECT_GT(all_sparse, 0);
}

TEST(Calibrate, AKernelAloneOnItsSmHasOneRate) {
  auto const data =
      read_calibration_data(planted_traces(0.01, h200_with_wgmma()), testing::h200_like().spec);

  auto const result = calibrate(data, {.rounds = 6, .fold_rounds = 0});

  auto const& kernel = std::as_const(result.profile).kernel(plan::LaunchOp::prefill);
  EXPECT_EQ(kernel.name, "prefill_wgmma");
  EXPECT_EQ(kernel.instruction, plan::MatrixInstruction::wgmma);
  KernelCost const& cost = kernel.cost;
  EXPECT_TRUE(close(cost.block_ns, 1600, {.relative = 0.03}));
  EXPECT_EQ(cost.shared_block_ns, 0);
}

TEST(Calibrate, RefusesTracesOfTwoPrefillKernels) {
  auto traces = planted_traces(0);
  traces.push_back(planted_traces(0, h200_with_wgmma())[0]);

  EXPECT_THAT([&] { (void)read_calibration_data(traces, testing::h200_like().spec); },
              ThrowsMessage<InputError>(HasSubstr("both prefill: a fit is of one of them")));
}

TEST(Calibrate, DoesNotFollowAFewWildTimes) {
  auto traces = planted_traces(0);
  for (std::size_t i = 0; i < traces[0].trace.cases.size(); i += 20) {
    traces[0].trace.cases[i].time_ns *= 3;
  }
  auto const data = read_calibration_data(traces, testing::h200_like().spec);

  auto const result = calibrate(data, {.rounds = 4, .fold_rounds = 0});

  auto const planted = testing::h200_like().kernel(plan::LaunchOp::decode).cost;
  EXPECT_TRUE(close(result.profile.kernel(plan::LaunchOp::decode).cost.shared_block_ns,
                    planted.shared_block_ns, {.relative = 0.03}));
}

TEST(Calibrate, FeaturesTimesParametersAreTheTime) {
  // Euler: a simulated time has degree one in the parameters. Scaling all of them scales it.
  auto const one = testing::layer_case(plan::Phase::decode, 4, 65536, 4, plan::Execution::balanced,
                                       plan::Scheduler::natural);
  DeviceProfile profile = testing::h200_like();
  CalibrationCase measured{.head_dim = 128,
                           .work = plan::make_layer_work(one.plan, profile.slots())};
  double const before = predict_ns(measured, profile);
  for (auto const& parameter : fit_parameters(profile)) parameter.in(profile) *= 2;
  for (auto& kernel : profile.kernels) kernel.cost.cta_dispatch_ns *= 2;

  EXPECT_TRUE(close(predict_ns(measured, profile), 2 * before, {.relative = 1e-6}));
}

TEST(Calibrate, RefusesSimulatedTracesAndOtherDevices) {
  auto traces = planted_traces(0);
  DeviceSpec other = testing::h200_like().spec;
  other.sm_count = 108;

  EXPECT_THROW((void)read_calibration_data(traces, other), InputError);
  traces[0].trace.run.source = "simulated";
  EXPECT_THROW((void)read_calibration_data(traces, testing::h200_like().spec), InputError);
}

TEST(Calibrate, RefusesATraceOfAnotherVersionOfItsExperiment) {
  auto traces = planted_traces(0);
  traces[0].trace.cases[3].name = "decode/unheard-of";

  EXPECT_THROW((void)read_calibration_data(traces, testing::h200_like().spec), InputError);
}

TEST(Calibrate, RefusesLaunchesThatTheirPlanDoesNotMake) {
  auto traces = planted_traces(0);
  traces[0].trace.launches[7].grid_ctas += 1;

  EXPECT_THROW((void)read_calibration_data(traces, testing::h200_like().spec), InputError);
}

TEST(Calibrate, RefusesCasesThatTheirExperimentDoesNotPlan) {
  auto const problem = [](auto const& change) {
    auto traces = planted_traces(0);
    change(traces[0].trace);
    return fluxscope::testing::refusal(
        [&] { (void)read_calibration_data(traces, testing::h200_like().spec); });
  };
  EXPECT_THAT(problem([](auto& trace) { trace.cases[2].head_dim = 2147483647; }),
              AllOf(HasSubstr("planted.h5: case "), HasSubstr("has head_dim 2147483647")));
  EXPECT_THAT(problem([](auto& trace) { trace.cases[2].kv_heads = -1; }), HasSubstr("kv_heads -1"));
  EXPECT_THAT(problem([](auto& trace) { trace.cases[2].full_kv_heads = 99; }),
              HasSubstr("full_kv_heads 99"));
  EXPECT_THAT(problem([](auto& trace) { trace.cases[2].kv_len += 1; }), HasSubstr("kv_len"));
  EXPECT_THAT(problem([](auto& trace) { trace.launches[0].ctas_per_sm = 33; }),
              AllOf(HasSubstr("planted.h5: launch 0"), HasSubstr("ctas_per_sm 33")));
  EXPECT_THAT(problem([](auto& trace) { trace.launches[0].registers_per_thread = 256; }),
              HasSubstr("registers_per_thread 256"));
}

}  // namespace
}  // namespace fluxscope::sim
