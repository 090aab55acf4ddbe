#include "plan/layer/layer_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/plan/layer/random_plan.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::HasSubstr;

LayerPlan layer(Phase phase = Phase::prefill) {
  LayerPlan plan{.phase = phase,
                 .shape = {.q_heads = 4, .kv_heads = 2, .head_dim = 128},
                 .sequences = {{phase == Phase::decode ? 1 : 256, 512}}};
  plan.selections.assign(4, {SelectionKind::streaming, 128, 128, 0});
  return plan;
}

std::string problem(LayerPlan const& plan) {
  try {
    validate(plan);
  } catch (InputError const& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Validate, AcceptsEveryRandomPlan) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    EXPECT_EQ(problem(testing::random_plan(random)), "accepted");
  }
}

TEST(Validate, RefusesAHeadDimWithoutKernels) {
  for (std::int32_t const head_dim : {0, 63, 96, 256, -64}) {
    auto plan = layer();
    plan.shape.head_dim = head_dim;
    EXPECT_THAT(problem(plan), HasSubstr("head_dim = " + std::to_string(head_dim)));
  }
}

TEST(Validate, RefusesHeadsThatDoNotGroup) {
  auto plan = layer();
  plan.shape.kv_heads = 3;
  EXPECT_THAT(problem(plan), HasSubstr("multiple of kv_heads = 3"));
  plan.shape.kv_heads = 0;
  EXPECT_THAT(problem(plan), HasSubstr("kv_heads = 0"));
  plan.shape.kv_heads = 2;
  plan.shape.q_heads = 0;
  EXPECT_THAT(problem(plan), HasSubstr("q_heads = 0"));
}

TEST(Validate, RefusesMoreHeadsThanATileCounts) {
  EXPECT_NO_THROW(validate({.q_heads = 65535, .kv_heads = 65535, .head_dim = 64}, Phase::decode));
  auto plan = layer();
  plan.shape = {.q_heads = 65536, .kv_heads = 65536, .head_dim = 64};
  EXPECT_THAT(problem(plan), HasSubstr("q_heads = 65536 is above 65535"));
}

TEST(Validate, RefusesDecodeGroupsBeyondATile) {
  EXPECT_NO_THROW(validate({.q_heads = 16, .kv_heads = 1, .head_dim = 64}, Phase::decode));
  EXPECT_NO_THROW(validate({.q_heads = 32, .kv_heads = 1, .head_dim = 64}, Phase::prefill));
  EXPECT_THROW(validate({.q_heads = 32, .kv_heads = 1, .head_dim = 64}, Phase::decode), InputError);
}

TEST(Validate, RefusesBadLengths) {
  for (SequenceShape const bad :
       {SequenceShape{0, 128}, {-1, 128}, {129, 128}, {1, 0}, {1, 8 * 1024 * 1024 + 1}}) {
    auto plan = layer();
    plan.sequences = {bad};
    EXPECT_THAT(problem(plan), HasSubstr("sequence 0")) << bad.q_len << " " << bad.kv_len;
  }
  auto plan = layer(Phase::decode);
  plan.sequences[0].q_len = 2;
  EXPECT_THAT(problem(plan), HasSubstr("decode"));
}

TEST(Validate, RefusesAnEmptyBatch) {
  auto plan = layer();
  plan.sequences.clear();
  plan.selections.clear();
  EXPECT_THAT(problem(plan), HasSubstr("batch = 0"));
}

TEST(Validate, RefusesBadSelections) {
  auto plan = layer();
  plan.selections[1].sink_tokens = -1;
  EXPECT_THAT(problem(plan), HasSubstr("negative"));
  plan = layer();
  plan.selections[3].local_tokens = 0;
  EXPECT_THAT(problem(plan), HasSubstr("local_tokens >= 1"));
  plan = layer(Phase::decode);
  plan.selections[1] = {};
  EXPECT_THAT(problem(plan), HasSubstr("one KV head"));
  plan = layer();
  plan.selections.pop_back();
  EXPECT_THROW(validate(plan), ContractError);
}

/// 2 query blocks over 4 KV blocks: block 0 of the queries sees 3 of them.
LayerPlan with_lists(std::vector<std::int64_t> row_begin, std::vector<std::int32_t> columns) {
  auto plan = layer();
  plan.shape = {.q_heads = 1, .kv_heads = 1, .head_dim = 64};
  plan.selections.assign(1, {.kind = SelectionKind::blocks});
  plan.block_lists = {std::move(row_begin), std::move(columns)};
  return plan;
}

TEST(Validate, RefusesBadBlockLists) {
  EXPECT_EQ(problem(with_lists({0, 2, 4}, {0, 2, 1, 3})), "accepted");
  EXPECT_EQ(problem(with_lists({0, 0, 0}, {})), "accepted");  // rows may select nothing
  EXPECT_THAT(problem(with_lists({0, 2}, {0, 2})), HasSubstr("end before row 1"));
  EXPECT_THAT(problem(with_lists({}, {})), HasSubstr("end before row 0"));
  EXPECT_THAT(problem(with_lists({0, 2, 5}, {0, 2, 1, 3})), HasSubstr("row 1 has a bad range"));
  EXPECT_THAT(problem(with_lists({2, 0, 4}, {0, 2, 1, 3})), HasSubstr("row 0 has a bad range"));
  EXPECT_THAT(problem(with_lists({-1, 2, 4}, {0, 2, 1, 3})), HasSubstr("row 0 has a bad range"));
  EXPECT_THAT(problem(with_lists({0, 2, 4}, {0, 3, 1, 3})), HasSubstr("row 0: block 3"));
  EXPECT_THAT(problem(with_lists({0, 2, 4}, {2, 0, 1, 3})), HasSubstr("ascending"));
  EXPECT_THAT(problem(with_lists({0, 2, 4}, {1, 1, 1, 3})), HasSubstr("ascending"));
  EXPECT_THAT(problem(with_lists({0, 2, 4}, {-1, 1, 1, 3})), HasSubstr("block -1"));
}

}  // namespace
}  // namespace fluxscope::plan
