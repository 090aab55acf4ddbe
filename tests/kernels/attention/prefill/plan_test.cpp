// The planner's prefill layers, run on the GPU: what every execution and scheduler must have in
// common is the result.

#include <algorithm>
#include <tuple>

#include "plan/layer/work_list.hpp"
#include "tests/kernels/attention/prefill/suite.hpp"

namespace fluxscope::testing {
namespace {

// Few slots, so that shares and balanced splits cut rows.
constexpr plan::DeviceSlots kSlots{
    .sm_count = 20, .prefill_ctas_per_sm = 2, .decode_ctas_per_sm = 1, .copy_ctas_per_sm = 2};
constexpr plan::Scheduler kSchedulers[] = {plan::Scheduler::natural, plan::Scheduler::longest_first,
                                           plan::Scheduler::persistent,
                                           plan::Scheduler::balanced_split};
constexpr plan::Selection kStreaming{
    .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 256};

/// A batch of three requests, 4 query heads and 2 KV heads each. `full` [3, 4]: the (seq, q_head)
/// that read everything; the others stream.
struct PrefillLayer {
  explicit PrefillLayer(std::vector<bool> const& full, bool poison = true)
      : setup{.sequences = {{900, 900}, {100, 700}, {513, 1300}}, .poison = poison} {
    PrefillSelection const everything = full_selection(setup);
    selection = streaming_selection(setup, 1, 2);  // the blocks of kStreaming
    plan.phase = plan::Phase::prefill;
    plan.shape = {.q_heads = setup.q_heads, .kv_heads = setup.kv_heads, .head_dim = setup.head_dim};
    plan.sequences = setup.sequences;
    std::size_t row = 0;
    for (std::size_t pair = 0; pair < full.size(); ++pair) {
      plan.selections.push_back(full[pair] ? plan::Selection{} : kStreaming);
      for (std::int32_t i = 0; i < setup.q_blocks(pair / 4); ++i, ++row) {
        if (full[pair]) selection[row] = everything[row];
      }
    }
  }

  /// The layer's result under `execution` and every scheduler.
  void expect_reference(plan::PrefillKernel kernel, plan::Execution execution) {
    PrefillProblem const problem(setup, selection, prefill_launcher(kernel));
    plan.execution = execution;
    for (plan::Scheduler const scheduler : kSchedulers) {
      plan.scheduler = scheduler;
      EXPECT_TRUE(problem.matches(problem.run_layer(plan::make_layer_work(plan, kSlots))))
          << "scheduler " << static_cast<int>(scheduler);
    }
  }

  PrefillSetup setup;
  PrefillSelection selection;
  plan::LayerPlan plan;
};

/// Both heads of a KV group full, one of them, none.
std::vector<bool> mixed_heads() {
  return {true, true, false, true, false, false, true, true, true, false, false, false};
}

class PrefillPlan
    : public ::testing::TestWithParam<std::tuple<plan::PrefillKernel, plan::Execution>> {
 protected:
  void SetUp() override {
    if (auto const* reason = obstacle(kernel_)) GTEST_SKIP() << reason;
  }
  // Masked loads the unselected blocks, so they must be numbers.
  [[nodiscard]] bool poison() const { return execution_ != plan::Execution::masked; }

  plan::PrefillKernel kernel_ = std::get<0>(GetParam());
  plan::Execution execution_ = std::get<1>(GetParam());
};

TEST_P(PrefillPlan, MixedHeadsMatchTheReferenceUnderEveryScheduler) {
  PrefillLayer layer(mixed_heads(), poison());
  layer.expect_reference(kernel_, execution_);
}

TEST_P(PrefillPlan, TrianglesMatchTheReferenceUnderEveryScheduler) {
  PrefillLayer layer(std::vector<bool>(12, false), poison());
  PrefillSelection const everything = full_selection(layer.setup);
  constexpr std::int32_t kLastTokens = 200;
  for (plan::Selection& selection : layer.plan.selections) {
    selection = kStreaming;
    selection.kind = plan::SelectionKind::triangle;
    selection.last_tokens = kLastTokens;
  }
  std::size_t row = 0;
  for (std::size_t seq = 0; seq < layer.setup.sequences.size(); ++seq) {
    std::int32_t const q_len = layer.setup.sequences[seq].q_len;
    for (std::int32_t i = 0; i < 4 * layer.setup.q_blocks(seq); ++i, ++row) {
      std::int32_t const q_block = i % layer.setup.q_blocks(seq);
      bool const reads_all = std::min(q_len, 128 * q_block + 128) > q_len - kLastTokens;
      if (reads_all) layer.selection[row] = everything[row];
    }
  }
  layer.expect_reference(kernel_, execution_);
}

TEST_P(PrefillPlan, BlockListsMatchTheReferenceUnderEveryScheduler) {
  PrefillLayer layer(std::vector<bool>(12, true), poison());
  layer.selection = thinned(layer.selection, 0.5, 17);
  auto& lists = layer.plan.block_lists;
  lists.row_begin = {0};
  for (auto const& blocks : layer.selection) {
    lists.columns.insert(lists.columns.end(), blocks.begin(), blocks.end());
    lists.row_begin.push_back(static_cast<std::int64_t>(lists.columns.size()));
  }
  for (plan::Selection& selection : layer.plan.selections) {
    selection.kind = plan::SelectionKind::blocks;
  }
  layer.setup.seed = 23;
  layer.expect_reference(kernel_, execution_);
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, PrefillPlan,
    ::testing::Combine(::testing::ValuesIn(kPrefillKernels),
                       ::testing::Values(plan::Execution::masked, plan::Execution::gather,
                                         plan::Execution::two_pool, plan::Execution::fused,
                                         plan::Execution::balanced)),
    [](auto const& one) {
      return plan::to_text(std::get<0>(one.param)) + "_" + plan::to_text(std::get<1>(one.param));
    });

class PrefillPlanUniform : public PrefillSuite {};
INSTANTIATE_TEST_SUITE_P(Kernels, PrefillPlanUniform, ::testing::ValuesIn(kPrefillKernels),
                         kernel_name);

TEST_P(PrefillPlanUniform, LayersOfMixedRequestsMatchTheReference) {
  PrefillLayer layer(
      {true, true, true, true, false, false, false, false, false, false, false, false});
  for (plan::BatchRule const rule :
       {plan::BatchRule::group_by_gate, plan::BatchRule::per_request}) {
    layer.plan.batch_rule = rule;
    layer.expect_reference(GetParam(), plan::Execution::layer_uniform);
  }
}

TEST_P(PrefillPlanUniform, EvictedBlocksAreNotMissed) {
  // No query block reads blocks 1..3 of the second request and 1..5 of the third.
  PrefillLayer layer(std::vector<bool>(12, false));
  layer.plan.retention = plan::KvRetention::evict;

  layer.expect_reference(GetParam(), plan::Execution::layer_uniform);
}

}  // namespace
}  // namespace fluxscope::testing
