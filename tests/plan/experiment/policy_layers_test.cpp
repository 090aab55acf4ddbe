#include "plan/experiment/policy_layers.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "plan/decisions/policy/table.hpp"

namespace fluxscope::plan {
namespace {

constexpr Selection kSparse{
    .kind = SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 256};

Model const kModel{
    .name = "small", .layers = 4, .attention = {.q_heads = 8, .kv_heads = 2, .head_dim = 64}};
Batch const kBatch{.phase = Phase::decode, .requests = 3, .shape = {1, 4096}};

PolicyContext context() { return {.model = kModel, .sparse = kSparse}; }

TEST(PolicyLayers, AQueryHeadReadsAsItsKvHeadWasDecided) {
  Gates gates = full_gates(kModel, 2);
  gates.at(1, 2, 0) = 0;  // request 1, layer 2, the first of two KV heads: query heads 0 to 3

  auto const selections = layer_selections(kModel.attention, gates, 2, kSparse);

  ASSERT_EQ(selections.size(), 16u);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(selections[i], i >= 8 && i < 12 ? kSparse : Selection{}) << i;
  }
  for (auto const& other : layer_selections(kModel.attention, gates, 1, kSparse)) {
    EXPECT_EQ(other, Selection{});
  }
}

TEST(PolicyLayers, GatesOfAnotherModelBreakTheContract) {
  Model wide = kModel;
  wide.attention.kv_heads = 4;
  EXPECT_THROW((void)layer_selections(kModel.attention, full_gates(wide, 1), 0, kSparse),
               ContractError);
}

TEST(PolicyLayers, EveryLayerHasTheBatchAndThePolicysRules) {
  Policy policy = drawn_policy("head_dynamic", 0.5, 7, context());
  policy.batch_rule = BatchRule::any_full;
  policy.retention = KvRetention::evict;

  PolicyLayers const layers = policy_layers(kModel, kBatch, policy);

  EXPECT_EQ(layers.gates.requests, 3);
  EXPECT_EQ(layers.gates.msr_ratio(), 0.5);
  ASSERT_EQ(layers.of_layer.size(), 4u);
  Gates const drawn = head_gates(kModel, 0.5, 1, 7);
  for (std::int32_t layer = 0; layer < 4; ++layer) {
    LayerPlan const& plan = layers.of_layer[static_cast<std::size_t>(layer)];
    EXPECT_EQ(plan.phase, Phase::decode);
    EXPECT_EQ(plan.shape, kModel.attention);
    EXPECT_EQ(plan.sequences, std::vector(3, SequenceShape{1, 4096}));
    EXPECT_EQ(plan.batch_rule, BatchRule::any_full);
    EXPECT_EQ(plan.retention, KvRetention::evict);
    EXPECT_NO_THROW(validate(plan));
    for (std::size_t request = 0; request < 3; ++request) {
      for (std::int32_t head = 0; head < 8; ++head) {
        EXPECT_EQ(plan.selection(request, head),
                  drawn.at(0, layer, head / 4) ? Selection{} : kSparse);
      }
    }
  }
}

TEST(PolicyLayers, DecisionsOfAnotherNumberOfRequestsBreakTheContract) {
  Policy policy = drawn_policy("flux", 0.5, 1, context());
  policy.gates = [](std::int32_t) { return layer_gates(kModel, 0.5, 2, 1); };
  EXPECT_THROW((void)policy_layers(kModel, kBatch, policy), ContractError);
}

TEST(PolicyLayers, DrawnPoliciesAreThoseOfTheTableAndRunEveryExecutionOfTheirLevel) {
  for (std::string const& name : drawn_policy_names()) {
    Policy const policy = drawn_policy(name, 0.25, 3, context());
    EXPECT_EQ(policy.label, name);
    EXPECT_EQ(policy.level, policy_kind(name).level);
    EXPECT_EQ(policy.executions, executions_of(policy.level));
    // 0.75 x 4 layers and 0.75 x 8 heads are whole numbers.
    EXPECT_EQ(policy_layers(kModel, kBatch, policy).gates.msr_ratio(), 0.25) << name;
  }
  EXPECT_EQ(drawn_policy_names(), (std::vector<std::string>{"flux", "head_dynamic"}));
  EXPECT_THROW((void)drawn_policy("duo", 0.5, 1, context()), ContractError);
  EXPECT_THROW((void)drawn_policy("flux", 0.5, 1, {.model = kModel}), ContractError);
}

}  // namespace
}  // namespace fluxscope::plan
