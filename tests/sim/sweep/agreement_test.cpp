// A sweep's points and a simulated experiment's cases are the same times.

#include <gtest/gtest.h>

#include <iterator>

#include "plan/experiment/case_table.hpp"
#include "plan/experiment/policy_layers.hpp"
#include "sim/device/simulate.hpp"
#include "sim/sweep/sweep.hpp"
#include "tests/close.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/sim/random_layers.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using plan::Execution;
using plan::Phase;
using plan::Scheduler;
using testing::kExecutions;
using testing::kSchedulers;
using testing::random_profile;
using testing::window;

TEST(SweepAgreement, ALayerOfManyMinutesIsTheSumOfItsBlocksOnBothPaths) {
  // One SM with one slot does everything in turn: in each of 10 requests 2 heads read
  // 128 x 129 / 2 blocks of 20 ms. That is 3,302 s a layer; times were once cut at 563 s.
  DeviceProfile profile = testing::h200_like();
  profile.spec.sm_count = 1;
  profile.spec.l2_bytes = std::int64_t{1} << 40;  // one section
  profile.launch_ns = 0;
  KernelProfile& kernel = profile.kernel(plan::LaunchOp::prefill);
  kernel.ctas_per_sm = 1;
  kernel.cost = {.block_ns = 2e7};
  SweepConfig config{.name = "long", .toml = "name = \"long\"\n"};
  config.model = {
      .name = "m", .layers = 4, .attention = {.q_heads = 2, .kv_heads = 1, .head_dim = 128}};
  config.gpus = {profile};
  config.phases = {Phase::prefill};
  config.kv_lens = {128 * 128};
  config.prefill_batches = {10};
  config.msr_ratios = {0};
  config.policies = {"flux"};
  config.executions = {Execution::fused};
  config.schedulers = {Scheduler::natural, Scheduler::persistent};
  config.seeds = {1};
  config.sparse = window();
  double const want_ns = 4.0 * 10 * 2 * 128 * 129 / 2 * 2e7;

  auto const table = sweep_table(config, enumerate_points(config));

  ASSERT_EQ(table.rows.size(), 2u);
  for (SweepRow const& row : table.rows) EXPECT_EQ(row.time_ns, want_ns);
  plan::Experiment experiment{.name = "long"};
  plan::Case one{.name = "case"};
  one.plan = {.phase = Phase::prefill,
              .shape = config.model.attention,
              .sequences = std::vector<plan::SequenceShape>(10, {128 * 128, 128 * 128}),
              .selections = std::vector<plan::Selection>(20)};
  one.sparse_kind = "none";
  experiment.cases.push_back(one);
  auto const trace = simulate(experiment, profile);
  EXPECT_EQ(trace.cases[0].time_ns, want_ns / 4);
  EXPECT_EQ(trace.launches[0].end_ns, static_cast<std::int64_t>(want_ns / 4));
}

TEST(SweepAgreement, ASweepsPointIsTheSumOfItsSimulatedLayers) {
  Random random(109);
  for (int round = 0; round < 25; ++round) {
    auto const phase = static_cast<Phase>(round % 2);
    SweepConfig config{.name = "r", .toml = "name = \"r\"\n"};
    auto const kv_heads = static_cast<std::int32_t>(1 + random.below(8));
    config.model = {.name = "m",
                    .layers = static_cast<std::int32_t>(2 + random.below(5)),
                    .attention = {.q_heads = 2 * kv_heads, .kv_heads = kv_heads, .head_dim = 128}};
    config.gpus = {random_profile(random)};
    config.phases = {phase};
    config.kv_lens = {static_cast<std::int64_t>(200 + random.below(6000))};
    config.prefill_batches =
        config.decode_batches = {static_cast<std::int64_t>(1 + random.below(4))};
    config.msr_ratios = {random.unit()};
    config.policies = {"flux", "head_dynamic"};
    config.executions = {kExecutions[random.below(std::size(kExecutions))]};
    config.schedulers = {kSchedulers[random.below(std::size(kSchedulers))]};
    config.seeds = {static_cast<std::int64_t>(random.below(100))};
    config.sparse = window();
    auto const points = enumerate_points(config);
    auto const table = sweep_table(config, points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      std::int32_t const q_len = phase == Phase::prefill ? points[i].kv_len : 1;
      plan::Batch const batch{phase, points[i].batch, {q_len, points[i].kv_len}};
      auto const layers = plan::policy_layers(config.model, batch, point_policy(config, points[i]));
      plan::Experiment experiment{.name = "r"};
      for (auto one : layers.of_layer) {
        one.execution = points[i].execution;
        one.scheduler = points[i].scheduler;
        plan::Case layer_case{.name = "c", .sparse_kind = "streaming"};
        layer_case.plan = plan::canonical(one);
        layer_case.sparse = config.sparse;
        experiment.cases.push_back(layer_case);
      }
      double time_ns = 0;
      std::int64_t kv_bytes = 0;
      for (auto const& record : simulate(experiment, config.gpus[0]).cases) {
        time_ns += record.time_ns;
        kv_bytes += record.kv_bytes_selected;
      }
      // Sums of up to 6 doubles.
      EXPECT_TRUE(close(table.rows[i].time_ns, time_ns, {.relative = 1e-12})) << round;
      EXPECT_EQ(table.rows[i].kv_bytes_selected, kv_bytes) << round;
    }
  }
}

}  // namespace
}  // namespace fluxscope::sim
