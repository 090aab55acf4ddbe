#include "plan/step/step_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plan/step/weights.hpp"
#include "tests/plan/step/models.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::plan {
namespace {

using fluxscope::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::shipped_model;

Model two_layers() {
  return {.name = "two",
          .layers = 2,
          .hidden_size = 1024,
          .intermediate_size = 3072,
          .vocab_size = 5000,
          .attention = {.q_heads = 8, .kv_heads = 2, .head_dim = 128}};
}

std::vector<std::string> names_of(std::vector<StepOp> const& ops, std::int32_t layer) {
  std::vector<std::string> names;
  for (StepOp const& op : ops) {
    if (op.layer == layer) names.emplace_back(op_row(op.op).name);
  }
  return names;
}

std::int64_t flop_of(std::vector<StepOp> const& ops) {
  std::int64_t flop = 0;
  for (StepOp const& op : ops) flop += gemm_flop(op.gemm);
  return flop;
}

TEST(Step, ADecodeLayerIsNineLaunchesInTheOrderOfTheModel) {
  auto const ops = make_step(two_layers(), {.phase = Phase::decode, .sequences = {{1, 100}}});
  std::vector<std::string> const layer = {"rms_norm",     "qkv_gemm", "rope_append",
                                          "decode",       "out_gemm", "rms_norm",
                                          "gate_up_gemm", "silu_mul", "down_gemm"};
  EXPECT_EQ(names_of(ops, 0), layer);
  EXPECT_EQ(names_of(ops, 1), layer);
  EXPECT_THAT(names_of(ops, StepOp::kNoLayer),
              ElementsAre("embedding", "rms_norm", "lm_head_gemm", "greedy_token"));
  EXPECT_EQ(ops.front().op, LaunchOp::embedding);
  EXPECT_EQ(ops.back().op, LaunchOp::greedy_token);
}

TEST(Step, ProductsTakeTwoFlopForEachWeightAndToken) {
  // Every weight but the embedding and the norms is used once for each token; the LM head once for
  // each request.
  for (auto const* name : {"llama-3.1-8b", "qwen3-8b"}) {
    auto const model = shipped_model(name);
    std::int64_t const norms =
        (model.layers * 2 + 1) * std::int64_t{model.hidden_size} +
        (model.qk_norm ? model.layers * 2 * std::int64_t{model.attention.head_dim} : 0);
    std::int64_t const vocabulary = std::int64_t{model.vocab_size} * model.hidden_size;
    std::int64_t const layers = parameter_count(model) - 2 * vocabulary - norms;
    auto const ops = make_step(model, {.sequences = {{1000, 1000}, {24, 5000}}});
    EXPECT_EQ(flop_of(ops), 2 * 1024 * layers + 2 * 2 * vocabulary) << name;
  }
}

TEST(Step, ProductsOfADecodeStepReadEveryWeightOnce) {
  auto const model = shipped_model("llama-3.1-8b");
  auto const ops = make_step(model, {.phase = Phase::decode, .sequences = {{1, 4096}}});
  std::int64_t weights = 0;
  for (StepOp const& op : ops) weights += 2 * op.gemm.n * op.gemm.k;
  std::int64_t const vocabulary = std::int64_t{model.vocab_size} * model.hidden_size;
  std::int64_t const norms = (2 * 32 + 1) * std::int64_t{4096};
  EXPECT_EQ(weights, weight_bytes(model, 1) - 2 * (vocabulary + norms));
}

TEST(Step, RowsMoveTheirActivationsOnce) {
  auto const ops = make_step(two_layers(), {.sequences = {{300, 300}}});
  auto const bytes = [&](LaunchOp op, std::size_t which) {
    std::vector<std::int64_t> found;
    for (StepOp const& one : ops) {
      if (one.op == op) found.push_back(one.bytes);
    }
    return found.at(which);
  };
  EXPECT_EQ(bytes(LaunchOp::embedding, 0), 300 * 2 * 1024 * 2);
  EXPECT_EQ(bytes(LaunchOp::rms_norm, 0), 300 * 2 * 1024 * 2);  // in and out
  EXPECT_EQ(bytes(LaunchOp::rms_norm, 1), 300 * 4 * 1024 * 2);  // and the residual, both ways
  EXPECT_EQ(bytes(LaunchOp::rms_norm, 4), 1 * 4 * 1024 * 2);    // the last one: one row a request
  EXPECT_EQ(bytes(LaunchOp::rope_append, 0), 300 * 2 * (8 + 2 + 2) * 128 * 2);
  EXPECT_EQ(bytes(LaunchOp::silu_mul, 0), 300 * 3 * 3072 * 2);
  EXPECT_EQ(bytes(LaunchOp::greedy_token, 0), 5000 * 2);
}

TEST(Step, ARoutedPrefillHasARouterAndItsPlanBeforeEachAttention) {
  auto const ops = make_step(two_layers(), {.sequences = {{300, 300}, {40, 90}}, .routed = true});
  for (std::size_t i = 2; i < ops.size(); ++i) {
    bool const attention = ops[i].op == LaunchOp::prefill;
    EXPECT_EQ(attention, ops[i - 2].op == LaunchOp::router) << i;
    EXPECT_EQ(attention, ops[i - 1].op == LaunchOp::plan_gpu) << i;
    if (!attention) continue;
    // The first and last 100 of 300 tokens, twice all of 40; 8 heads of 128 elements.
    EXPECT_EQ(ops[i - 2].bytes, (2 * 100 + 2 * 40) * 8 * 128 * 2);
    EXPECT_EQ(ops[i - 1].bytes, (3 + 1) * 8 * 32);  // 3 and 1 query blocks, 8 heads, 32-byte tiles
  }
  auto const decode =
      make_step(two_layers(), {.phase = Phase::decode, .sequences = {{1, 300}}, .routed = true});
  for (StepOp const& op : decode) EXPECT_NE(op.op, LaunchOp::router);
}

TEST(Step, AChunkThatIsNotTheLastHasNoHead) {
  auto const ops = make_step(two_layers(), {.sequences = {{128, 512}}, .last_chunk = false});
  EXPECT_THAT(names_of(ops, StepOp::kNoLayer), ElementsAre("embedding"));
}

TEST(Step, RanksShareTheProductsAndSumTwiceALayer) {
  auto const model = shipped_model("llama-3.1-70b");
  StepShape shape{.sequences = {{512, 512}}};
  auto const whole = make_step(model, shape);
  shape.ranks = 8;
  auto const part = make_step(model, shape);
  EXPECT_EQ(8 * flop_of(part), flop_of(whole));
  std::int64_t reduces = 0;
  for (StepOp const& op : part) {
    if (op.op != LaunchOp::all_reduce) continue;
    ++reduces;
    EXPECT_EQ(op.bytes, 512 * 8192 * 2);
  }
  EXPECT_EQ(reduces, 2 * 80);
}

TEST(Step, AModelWithExpertsIsRefused) {
  auto model = two_layers();
  model.experts = 8;
  EXPECT_THAT(refusal([&] {
                static_cast<void>(make_step(model, {.sequences = {{4, 4}}}));
              }),
              HasSubstr("two has 8 experts"));
}

TEST(Step, SizesThatAreNoWholeUnitsOf16BytesAreRefused) {
  auto const said = [](Model const& model, std::int32_t ranks) {
    return refusal([&] {
      static_cast<void>(make_step(model, {.sequences = {{4, 4}}, .ranks = ranks}));
    });
  };
  auto model = two_layers();
  model.hidden_size = 1020;
  EXPECT_THAT(said(model, 1), HasSubstr("hidden_size of two is 1020"));
  model = two_layers();
  model.vocab_size = 0;
  EXPECT_THAT(said(model, 1), HasSubstr("vocab_size of two is 0"));
  // 5000 are 625 units, which two ranks do not share evenly.
  EXPECT_EQ(said(two_layers(), 1), "accepted");
  EXPECT_THAT(said(two_layers(), 2), HasSubstr("vocab_size of two is 2500 on each of 2 ranks"));
}

TEST(Step, LengthsThatNoStepHasAreRefused) {
  auto const said = [](Phase phase, std::vector<SequenceShape> sequences) {
    return refusal([&] {
      static_cast<void>(make_step(two_layers(), {.phase = phase, .sequences = sequences}));
    });
  };
  EXPECT_THAT(said(Phase::prefill, {}), HasSubstr("without requests"));
  EXPECT_THAT(said(Phase::prefill, {{5, 4}}), HasSubstr("q_len = 5, kv_len = 4"));
  EXPECT_THAT(said(Phase::decode, {{2, 4}}), HasSubstr("a decode step has q_len 1"));
  EXPECT_THAT(said(Phase::prefill, {{1, kMaxTokens}, {0, 4}}), HasSubstr("q_len = 0"));
}

}  // namespace
}  // namespace fluxscope::plan
