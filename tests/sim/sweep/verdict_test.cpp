// A sweep says of a point what a report says of the same policy in a simulated experiment.

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/report/report.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/simulate.hpp"
#include "sim/sweep/sweep.hpp"
#include "tests/close.hpp"
#include "tests/plan/experiment/file.hpp"
#include "tests/sim/profiles.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;

constexpr char kText[] = R"(
name = "t"
model = "./few.toml"
schedulers = ["natural", "longest_first", "balanced_split"]
[sparse]
kind = "streaming"
sink_tokens = 128
local_tokens = 512
[[workload]]
phase = "prefill"
batches = [1]
kv_lens_tokens = [4096]
[[workload]]
phase = "decode"
batches = [3]
kv_lens_tokens = [4096, 20000]
[[policy]]
name = "full"
[[policy]]
name = "flux"
msr_ratio = 0.5
seed = 7
[[policy]]
name = "head_dynamic"
msr_ratio = 0.5
seed = 7
executions = ["masked", "two_pool", "fused", "balanced"]
)";

class SweepVerdict : public plan::testing::ExperimentFileTest {
 protected:
  void SetUp() override {
    plan::testing::ExperimentFileTest::SetUp();
    write("few.toml",
          "name = \"few\"\nlayers = 6\nhidden_size = 1024\nintermediate_size = 2048\n"
          "vocab_size = 1000\nq_heads = 16\nkv_heads = 4\nhead_dim = 128\n");
    experiment_ = load(kText);
  }

  SweepConfig sweep() const {
    SweepConfig config{.name = "same", .toml = "name = \"same\"\n", .model = experiment_.model};
    config.gpus = {testing::h200_like()};
    config.phases = {plan::Phase::prefill, plan::Phase::decode};
    config.kv_lens = {4096, 20000};
    config.prefill_batches = {1};
    config.decode_batches = {3};
    config.msr_ratios = {0.5};
    config.policies = {"flux", "head_dynamic"};
    config.executions = {plan::Execution::masked, plan::Execution::two_pool, plan::Execution::fused,
                         plan::Execution::balanced};
    config.schedulers = {plan::Scheduler::natural, plan::Scheduler::longest_first,
                         plan::Scheduler::balanced_split};
    config.seeds = {7};
    config.sparse = {
        .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 512};
    return config;
  }

  plan::Experiment experiment_;
};

TEST_F(SweepVerdict, APointHasTheTimeSpeedUpAndIdealOfTheReport) {
  auto const config = sweep();
  auto const table = sweep_table(config, enumerate_points(config));
  std::vector<traces::Trace> traces;
  traces.push_back(simulate(experiment_, testing::h200_like()));
  std::vector<std::string> const labels = {"simulated"};
  auto const report = analysis::make_report(traces, labels);
  int compared = 0;
  for (auto const& row : report.traces.at(0).verdict.rows) {
    if (row.row.level == "full") continue;
    auto const found = std::find_if(table.rows.begin(), table.rows.end(), [&](auto const& point) {
      return plan::to_text(static_cast<plan::Phase>(point.phase)) == row.row.phase &&
             config.policies[point.policy] == row.row.policy && point.kv_len == row.row.kv_len &&
             plan::to_text(static_cast<plan::Execution>(point.execution)) == row.row.execution &&
             plan::to_text(static_cast<plan::Scheduler>(point.scheduler)) == row.row.scheduler;
    });
    ASSERT_NE(found, table.rows.end());
    auto const where = row.row.phase + " " + row.row.execution + " " + row.row.scheduler;
    EXPECT_TRUE(close(found->time_ns, row.time_ns, {.relative = 1e-12})) << where;
    ASSERT_TRUE(row.speedup_best_full.has_value());
    EXPECT_TRUE(close(found->speedup_ratio, *row.speedup_best_full, {.relative = 1e-12})) << where;
    EXPECT_TRUE(close(found->ideal_speedup_ratio, row.ideal_speedup, {.relative = 1e-12}));
    EXPECT_EQ(found->kv_bytes_selected, row.kv_bytes_selected);
    ++compared;
  }
  // 3 workloads x (flux + 4 executions) x 3 schedulers.
  EXPECT_EQ(compared, 3 * 5 * 3);
}

}  // namespace
}  // namespace fluxscope::sim
