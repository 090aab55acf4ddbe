#include "runs/step/records.hpp"

#include <gtest/gtest.h>

#include "plan/step/weights.hpp"
#include "tests/plan/experiment/step_file.hpp"

namespace fluxscope::runs {
namespace {

using StepRecords = plan::testing::StepFileTest;

TEST_F(StepRecords, AStepHoldsTheKvOfItsLayers) {
  auto const experiment =
      load(steps(kFull, "phase = \"decode\"\nrequest_kv_lens_tokens = [[4096, 512]]\n"));
  std::vector<traces::CaseRecord> cases(experiment.cases.size());
  cases.at(0).kv_bytes_held = 1000;

  auto const record = step_record(experiment, experiment.steps[1], cases, 41);

  EXPECT_EQ(record.step_id, 1u);
  EXPECT_EQ(record.mode, "graph");
  EXPECT_EQ(record.name, experiment.steps[1].name);
  EXPECT_EQ(record.kv_bytes_held, 4 * 1000);  // four equal layers
  EXPECT_EQ(record.weight_bytes, plan::weight_bytes(experiment.model, 1));
  EXPECT_EQ(record.tokens, 2);
  EXPECT_EQ(record.kv_tokens, 4608);
  EXPECT_EQ(record.launches, 41);
}

TEST_F(StepRecords, ALaunchCarriesItsLayerAndItsWork) {
  auto const product = step_launch_record(
      3, 7, {.op = {.op = plan::LaunchOp::qkv_gemm, .layer = 2, .gemm = {5, 6, 7}}});
  EXPECT_EQ(product.step_id, 3u);
  EXPECT_EQ(product.index, 7u);
  EXPECT_EQ(product.layer, 2u);
  EXPECT_EQ(product.op, "qkv_gemm");
  EXPECT_EQ(product.counted_as, "other");
  EXPECT_EQ(product.m, 5);
  EXPECT_EQ(product.n, 6);
  EXPECT_EQ(product.k, 7);
  EXPECT_EQ(product.case_id, traces::kNoRow);
  auto const head = step_launch_record(0, 0, {.op = {.op = plan::LaunchOp::greedy_token}});
  EXPECT_EQ(head.layer, traces::kNoRow);
}

// Flux decides for layers: a row each. Per head: one for each of 2 heads where they differ.
TEST_F(StepRecords, GatesAreOneRowWhereAllHeadsOfALayerAgree) {
  write("h.jsonl", "{\"full\": [1, 0, [0, 1], 1]}\n");
  auto const experiment = load(steps(
      "[[policy]]\nname = \"head_dynamic\"\ngates = \"h.jsonl\"\nexecutions = [\"fused\"]\n"));

  auto const gates = gate_records(experiment);

  ASSERT_EQ(gates.size(), 5u);
  EXPECT_EQ(gates[1].layer, 1u);
  EXPECT_EQ(gates[1].kv_head, traces::kNoRow);
  EXPECT_FALSE(gates[1].full);
  EXPECT_EQ(gates[2].kv_head, 0u);
  EXPECT_FALSE(gates[2].full);
  EXPECT_EQ(gates[3].kv_head, 1u);
  EXPECT_TRUE(gates[3].full);
}

}  // namespace
}  // namespace fluxscope::runs
