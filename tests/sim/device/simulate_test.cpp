#include "sim/device/simulate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/error.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/layer_times.hpp"
#include "tests/close.hpp"
#include "tests/sim/experiments.hpp"
#include "tests/sim/profiles.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::sim {
namespace {

plan::Experiment small_experiment() {
  plan::Experiment experiment = testing::grid_experiment();
  experiment.cases.resize(40);
  return experiment;
}

/// Tests run side by side, in build folders that share a temporary one.
std::string own_name(std::string const& what) {
  return "fluxscope_simulate_" + std::to_string(getpid()) + "_" + what + ".h5";
}

std::string bytes_of(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Simulate, MakesATraceThatTheReaderAccepts) {
  auto const path = std::filesystem::temp_directory_path() / own_name("test");
  auto const trace = simulate(small_experiment(), testing::h200_like());

  traces::write_trace(path.string(), trace);
  auto const read = traces::read_trace(path.string());

  EXPECT_EQ(read.run.source, "simulated");
  EXPECT_TRUE(read.complete);
  ASSERT_EQ(read.cases.size(), 40u);
  EXPECT_EQ(read.cases[5].time_ns, trace.cases[5].time_ns);
  EXPECT_EQ(read.sms.size(), trace.launches.size() * 132);
  EXPECT_EQ(read.row_layers.size(), 3u);
  std::filesystem::remove(path);
}

TEST(Simulate, LaunchesNameTheModelledKernelAndWhatTheyCountAs) {
  auto const profile = testing::h200_like();

  auto const trace = simulate(small_experiment(), profile);

  for (auto const& launch : trace.launches) {
    EXPECT_EQ(launch.kernel, profile.kernel(plan::op_from(launch.op)).name);
    EXPECT_EQ(launch.symbol, "");
    bool const attends = launch.op == "prefill" || launch.op == "decode";
    EXPECT_EQ(launch.counted_as == "attention", attends) << launch.op;
  }
}

TEST(Simulate, GivesTheSameBytesEachTime) {
  auto const folder = std::filesystem::temp_directory_path();
  auto const first = folder / own_name("a");
  auto const second = folder / own_name("b");

  traces::write_trace(first.string(), simulate(small_experiment(), testing::h200_like()));
  traces::write_trace(second.string(), simulate(small_experiment(), testing::h200_like()));

  EXPECT_EQ(bytes_of(first), bytes_of(second));
  std::filesystem::remove(first);
  std::filesystem::remove(second);
}

TEST(Simulate, ACaseLastsItsLaunchesAndTheGapsBetween) {
  auto const profile = testing::h200_like();
  auto const experiment = small_experiment();
  auto const trace = simulate(experiment, profile);

  std::map<std::uint32_t, double> spans;
  std::map<std::uint32_t, int> launches;
  for (auto const& launch : trace.launches) {
    spans[launch.case_id] += static_cast<double>(launch.end_ns - launch.start_ns);
    ++launches[launch.case_id];
  }
  for (auto const& record : trace.cases) {
    double const want = spans[record.case_id] + profile.launch_ns +
                        (launches[record.case_id] - 1) * profile.launch_gap_ns;
    // Each launch's times are rounded down to whole nanoseconds.
    EXPECT_TRUE(fluxscope::testing::close(record.time_ns, want, {.absolute = 8.0})) << record.name;
    EXPECT_EQ(record.launches, launches[record.case_id]) << record.name;
  }
}

TEST(Simulate, EachSmIsBusyForTheUnionOfItsCtas) {
  auto experiment = small_experiment();
  experiment.cases.resize(8);
  auto const trace = simulate(experiment, testing::h200_like());

  for (auto const& sm : trace.sms) {
    std::vector<std::pair<std::int64_t, std::int64_t>> lives;
    for (auto const& cta : trace.ctas) {
      if (cta.launch_id == sm.launch_id && cta.sm == sm.sm) {
        lives.emplace_back(cta.t_in_ns, cta.t_out_ns);
      }
    }
    std::sort(lives.begin(), lives.end());
    std::int64_t busy = 0;
    std::int64_t reached = lives.empty() ? 0 : lives[0].first;
    for (auto const& [in, out] : lives) {
      busy += std::max<std::int64_t>(0, out - std::max(in, reached));
      reached = std::max(reached, out);
    }
    ASSERT_EQ(sm.busy_ns, busy) << "launch " << sm.launch_id << " SM " << sm.sm;
    ASSERT_EQ(sm.ctas, lives.size());
  }
}

TEST(Simulate, TheKeepRuleLeavesRowsOutAndCountsThem) {
  auto experiment = small_experiment();
  experiment.cases.resize(8);
  auto const whole = simulate(experiment, testing::h200_like());
  experiment.measure.keep_contexts = {1};

  auto const bare = simulate(experiment, testing::h200_like());

  EXPECT_GT(whole.ctas.size(), 0u);
  EXPECT_TRUE(bare.ctas.empty());
  EXPECT_TRUE(bare.tiles.empty());
  EXPECT_EQ(bare.tile_times.size(), whole.tile_times.size());
  EXPECT_EQ(bare.losses[0].count, static_cast<std::int64_t>(whole.ctas.size()));
}

TEST(Simulate, LongerContextsAreNeverFaster) {
  auto const profile = testing::h200_like();
  for (auto const execution : {plan::Execution::fused, plan::Execution::balanced}) {
    std::int64_t before = 0;
    for (std::int32_t kv_len = 4096; kv_len <= 262144; kv_len *= 2) {
      auto const one = testing::layer_case(plan::Phase::decode, 4, kv_len, 4, execution,
                                           plan::Scheduler::longest_first);
      auto const work = plan::make_layer_work(one.plan, profile.slots());

      auto const time = simulate_layer(work, profile, 128, Detail::makespan).time_ps;

      EXPECT_GT(time, before) << kv_len;
      before = time;
    }
  }
}

TEST(Simulate, RefusesAnExperimentOfAnotherPrefillKernel) {
  auto experiment = testing::grid_experiment();
  experiment.prefill_kernel = plan::PrefillKernel::prefill_wgmma;

  EXPECT_THAT([&] { (void)simulate(experiment, testing::h200_like()); },
              ::testing::ThrowsMessage<InputError>(::testing::HasSubstr(
                  "prefill_wgmma (the profile of h200 has for it: prefill_mma)")));
}

TEST(Simulate, TheExperimentChoosesAmongTheProfilesKernels) {
  auto experiment = testing::grid_experiment();
  experiment.cases.resize(1);
  experiment.rows.clear();
  DeviceProfile profile = testing::h200_like();
  KernelProfile slower = profile.kernel(plan::LaunchOp::prefill);
  slower.name = "prefill_wgmma";
  slower.cost.tile_ns += 1000;
  profile.add(slower);
  profile.run(plan::LaunchOp::prefill, "prefill_mma", "here");
  double const by_default = simulate(experiment, profile).cases[0].time_ns;

  experiment.prefill_kernel = plan::PrefillKernel::prefill_wgmma;

  EXPECT_GE(simulate(experiment, profile).cases[0].time_ns, by_default + 1000);
}

TEST(Simulate, RefusesALayerLargerThanTheGpusMemoryAndSaysWhatFits) {
  auto experiment = small_experiment();
  auto const big = testing::layer_case(plan::Phase::decode, 4, 131072, 4, plan::Execution::fused,
                                       plan::Scheduler::natural);
  experiment.cases = {big};
  experiment.cases[0].case_id = 0;
  experiment.rows.clear();
  auto profile = testing::h200_like();
  // K and V of one request: 131072 tokens x 8 heads x 128 x 2 x 2 bytes = 537 MB.
  profile.spec.memory_bytes = 1'200'000'000;

  auto const call = [&] { (void)simulate(experiment, profile); };

  EXPECT_THAT(call, ::testing::ThrowsMessage<InputError>(
                        ::testing::HasSubstr("case " + big.name + ": one layer needs 2.1 GB")));
  EXPECT_THAT(call,
              ::testing::ThrowsMessage<InputError>(::testing::HasSubstr("lower the batch to 2")));
}

}  // namespace
}  // namespace fluxscope::sim
