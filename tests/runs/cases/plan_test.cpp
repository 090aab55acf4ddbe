#include "runs/cases/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runs/cases/layout.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::runs {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

constexpr plan::DeviceSlots kSlots{
    .sm_count = 132, .prefill_ctas_per_sm = 2, .decode_ctas_per_sm = 3};

plan::LayerPlan layer(plan::Phase phase, std::int32_t batch, std::int32_t kv_len,
                      plan::Execution execution = plan::Execution::fused) {
  plan::LayerPlan plan{.phase = phase, .shape = {.q_heads = 32, .kv_heads = 8, .head_dim = 128}};
  plan.sequences.assign(static_cast<std::size_t>(batch),
                        {phase == plan::Phase::prefill ? kv_len : 1, kv_len});
  for (int i = 0; i < 32 * batch; ++i) {
    bool const full = i % 32 < 16;
    plan.selections.push_back(full ? plan::Selection{}
                                   : plan::Selection{plan::SelectionKind::streaming, 128, 2048, 0});
  }
  plan.execution = execution;
  return plan;
}

std::int64_t needed(plan::LayerPlan const& plan) {
  return case_bytes(make_case_layout(plan, plan::make_layer_work(plan, kSlots))).total();
}

std::string refused(plan::LayerPlan const& plan, std::int64_t memory_bytes) {
  return refusal([&] { (void)plan_case(plan, kSlots, memory_bytes); });
}

TEST(PlanCase, ALayerOfExactlyTheMemoryIsPlannedAndOneByteLessIsRefused) {
  plan::LayerPlan const plan = layer(plan::Phase::decode, 2, 65536);

  EXPECT_EQ(plan_case(plan, kSlots, needed(plan)).launches.size(),
            plan::make_layer_work(plan, kSlots).launches.size());
  EXPECT_THAT(refused(plan, needed(plan) - 1), HasSubstr("one layer needs"));
}

// 64 requests of 1M tokens: 64 x 1048576 x 8 heads x 128 x 2 x 2 bytes = 274.8 GB of K and V. Of
// 80 GB: 18 requests (77.3 GB) but not 19 (81.6 GB).
TEST(PlanCase, ARefusalSaysWhatIsNeededWhatIsThereAndWhatFits) {
  std::string const text = refused(layer(plan::Phase::decode, 64, 1 << 20), 80'000'000'000);

  EXPECT_THAT(text, HasSubstr("one layer needs 274.8 GB (K and V 274.8 GB"));
  EXPECT_THAT(text, HasSubstr("the GPU has 80.0 GB)"));
  EXPECT_THAT(text, HasSubstr("lower the batch to 18, or kv_len to 305"));  // 80 / 274.8 x 1M
  EXPECT_THAT(
      refused(layer(plan::Phase::decode, 64, 1 << 20, plan::Execution::gather), 80'000'000'000),
      HasSubstr("leave out execution gather"));
}

TEST(PlanCase, UnknownMemoryRefusesNothing) {
  EXPECT_EQ(refused(layer(plan::Phase::decode, 64, 1 << 20), 0), "accepted");
}

TEST(PlanCase, APlanThatIsNoneIsRefusedAsThePlannerDoes) {
  plan::LayerPlan plan = layer(plan::Phase::decode, 1, 4096);
  plan.shape.head_dim = 96;

  EXPECT_THAT(refused(plan, 80'000'000'000), HasSubstr("96"));
}

// What it proposes fits, and a step more does not: by the sizes of the whole plan.
TEST(LargestThatFits, NamesTheLastBatchAndContextThatFit) {
  for (plan::Phase const phase : {plan::Phase::prefill, plan::Phase::decode}) {
    for (auto const execution :
         {plan::Execution::fused, plan::Execution::two_pool, plan::Execution::gather}) {
      std::int64_t const memory = needed(layer(phase, 3, 8192, execution));
      plan::LayerPlan const plan = layer(phase, 5, 8192, execution);

      Fitting const fitting = largest_that_fits(plan, kSlots, memory);

      EXPECT_EQ(fitting.batch, 3);
      EXPECT_GT(fitting.kv_len, 0);
      EXPECT_EQ(fitting.kv_len % plan::kBlockTokens, 0);
      EXPECT_LE(needed(layer(phase, 5, fitting.kv_len, execution)), memory);
      EXPECT_GT(needed(layer(phase, 5, fitting.kv_len + plan::kBlockTokens, execution)), memory);
    }
  }
}

TEST(LargestThatFits, NothingIsNothing) {
  Fitting const fitting = largest_that_fits(layer(plan::Phase::decode, 2, 4096), kSlots, 1000);

  EXPECT_EQ(fitting.batch, 0);
  EXPECT_EQ(fitting.kv_len, 0);
}

}  // namespace
}  // namespace fluxscope::runs
