#include "runs/step/launches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fluxscope::runs {
namespace {

using plan::LaunchOp;
using ::testing::ElementsAre;

plan::Model two_layers() {
  return {.name = "two",
          .layers = 2,
          .hidden_size = 512,
          .intermediate_size = 1024,
          .vocab_size = 1000,
          .attention = {.q_heads = 4, .kv_heads = 2, .head_dim = 128}};
}

std::vector<LaunchOp> ops_of_layer(std::vector<StepLaunch> const& launches, std::int32_t layer) {
  std::vector<LaunchOp> ops;
  for (StepLaunch const& one : launches) {
    if (one.op.layer == layer) ops.push_back(one.op.op);
  }
  return ops;
}

TEST(StepLaunches, AttentionIsTheLaunchesOfItsLayersCase) {
  using enum LaunchOp;
  plan::Step step{.shape = {.phase = plan::Phase::decode, .sequences = {{1, 512}}}};
  step.layer_cases = {1, 0};
  std::vector<std::vector<LaunchOp>> const case_ops = {{decode}, {gather_kv, decode, combine}};

  auto const launches = step_launches(two_layers(), step, case_ops);

  EXPECT_THAT(ops_of_layer(launches, 0),
              ElementsAre(rms_norm, qkv_gemm, rope_append, gather_kv, decode, combine, out_gemm,
                          rms_norm, gate_up_gemm, silu_mul, down_gemm));
  EXPECT_THAT(ops_of_layer(launches, 1),
              ElementsAre(rms_norm, qkv_gemm, rope_append, decode, out_gemm, rms_norm, gate_up_gemm,
                          silu_mul, down_gemm));
  // The embedding and three launches of the layer come before.
  EXPECT_EQ(launches[6].op.op, combine);
  EXPECT_EQ(launches[6].case_id, 1u);
  EXPECT_EQ(launches[6].case_launch, 2u);
  EXPECT_EQ(launches[7].case_id, traces::kNoRow);
}

}  // namespace
}  // namespace fluxscope::runs
