// The planner's layers, run on the GPU: what every execution and scheduler must have in common is
// the result.

#include "base/random.hpp"
#include "plan/layer/work_list.hpp"
#include "tests/kernels/attention/decode/problem.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

constexpr plan::DeviceSlots kSlots{
    .sm_count = 20, .prefill_ctas_per_sm = 1, .decode_ctas_per_sm = 2, .copy_ctas_per_sm = 2};
constexpr plan::Scheduler kSchedulers[] = {plan::Scheduler::natural, plan::Scheduler::longest_first,
                                           plan::Scheduler::persistent,
                                           plan::Scheduler::balanced_split};
constexpr plan::Selection kStreaming{
    .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 512};

/// A batch of three requests in which `full` says which (seq, kv_head) reads everything.
struct LayerCase {
  explicit LayerCase(std::vector<bool> const& full, bool poison = true)
      : setup{.q_heads = 16, .kv_heads = 4, .kv_len = {2500, 300, 4099}, .poison = poison} {
    DecodeSelection const everything = full_selection(setup);
    selection = streaming_selection(setup, 1, 4);  // the blocks of kStreaming
    plan.phase = plan::Phase::decode;
    plan.shape = {.q_heads = 16, .kv_heads = 4, .head_dim = setup.head_dim};
    for (std::int32_t const kv_len : setup.kv_len) plan.sequences.push_back({1, kv_len});
    for (std::size_t row = 0; row < full.size(); ++row) {
      if (full[row]) selection[row] = everything[row];
      plan.selections.insert(plan.selections.end(), 4, full[row] ? plan::Selection{} : kStreaming);
    }
  }
  DecodeSetup setup;
  DecodeSelection selection;
  plan::LayerPlan plan;
};

std::vector<bool> mixed_heads() {
  return {true, false, false, true, false, false, true, false, false, true, true, false};
}

class DecodePlan : public ::testing::TestWithParam<plan::Execution> {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_P(DecodePlan, MixedHeadsMatchTheReferenceUnderEveryScheduler) {
  // Masked loads the unselected blocks, so they must be numbers.
  LayerCase one(mixed_heads(), GetParam() != plan::Execution::masked);
  DecodeProblem const problem(one.setup, one.selection);
  one.plan.execution = GetParam();

  for (plan::Scheduler const scheduler : kSchedulers) {
    one.plan.scheduler = scheduler;
    EXPECT_TRUE(problem.matches(problem.run_layer(plan::make_layer_work(one.plan, kSlots))))
        << "scheduler " << static_cast<int>(scheduler);
  }
}

INSTANTIATE_TEST_SUITE_P(Executions, DecodePlan,
                         ::testing::Values(plan::Execution::masked, plan::Execution::gather,
                                           plan::Execution::two_pool, plan::Execution::fused,
                                           plan::Execution::balanced));

TEST(DecodePlanUniform, LayersOfMixedRequestsMatchTheReference) {
  if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  LayerCase one({true, true, true, true, false, false, false, false, false, false, false, false});
  DecodeProblem const problem(one.setup, one.selection);
  one.plan.execution = plan::Execution::layer_uniform;

  for (plan::BatchRule const rule :
       {plan::BatchRule::group_by_gate, plan::BatchRule::per_request}) {
    for (plan::Scheduler const scheduler : kSchedulers) {
      one.plan.batch_rule = rule;
      one.plan.scheduler = scheduler;
      EXPECT_TRUE(problem.matches(problem.run_layer(plan::make_layer_work(one.plan, kSlots))));
    }
  }
}

TEST(DecodePlanUniform, EvictedBlocksAreNotMissed) {
  if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  LayerCase one(std::vector<bool>(12, false));
  DecodeProblem const problem(one.setup, one.selection);
  one.plan.retention = plan::KvRetention::evict;

  EXPECT_TRUE(problem.matches(problem.run_layer(plan::make_layer_work(one.plan, kSlots))));
}

}  // namespace
}  // namespace fluxscope::testing
