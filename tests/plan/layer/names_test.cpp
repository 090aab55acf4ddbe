#include "plan/layer/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"

namespace fluxscope::plan {
namespace {

TEST(Names, EveryNameIsThatOfItsValue) {
  for (auto const& name : phase_names()) EXPECT_EQ(to_text(phase_from(name)), name);
  for (auto const& name : execution_names()) EXPECT_EQ(to_text(execution_from(name)), name);
  for (auto const& name : scheduler_names()) EXPECT_EQ(to_text(scheduler_from(name)), name);
  for (auto const& name : batch_rule_names()) EXPECT_EQ(to_text(batch_rule_from(name)), name);
  for (auto const& name : kv_retention_names()) EXPECT_EQ(to_text(kv_retention_from(name)), name);
}

TEST(Names, AreTheWordsOfTheDesign) {
  EXPECT_EQ(to_text(Phase::decode), "decode");
  EXPECT_EQ(to_text(Execution::two_pool), "two_pool");
  EXPECT_EQ(to_text(Scheduler::balanced_split), "balanced_split");
  EXPECT_EQ(to_text(BatchRule::group_by_gate), "group_by_gate");
  EXPECT_EQ(to_text(KvRetention::evict), "evict");
  EXPECT_EQ(to_text(SelectionKind::triangle), "triangle");
  EXPECT_EQ(to_text(LaunchOp::gather_kv), "gather_kv");
  EXPECT_EQ(to_text(LaunchOp::prefill), "prefill");
  EXPECT_EQ(to_text(LaunchOp::decode), "decode");
  EXPECT_EQ(to_text(LaunchOp::combine), "combine");
}

TEST(Names, HeadExecutionsAreAllButLayerUniform) {
  EXPECT_THAT(head_execution_names(),
              ::testing::ElementsAre("masked", "gather", "two_pool", "fused", "balanced"));
}

TEST(Names, AnUnknownTextBreaksTheContract) {
  EXPECT_THROW((void)execution_from("fusd"), ContractError);
}

}  // namespace
}  // namespace fluxscope::plan
