// Launchers refuse bad parameters before they touch CUDA, so these tests need no GPU.

#include "kernels/dense/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/dense/embedding/launch.hpp"
#include "kernels/dense/greedy_token/launch.hpp"
#include "kernels/dense/grid.hpp"
#include "kernels/dense/rms_norm/launch.hpp"
#include "kernels/dense/rope_append/launch.hpp"
#include "kernels/dense/silu_mul/launch.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// An address that is never read: 16-byte aligned, plus `offset`.
template <class T>
T* address(std::uintptr_t offset = 0) {
  return reinterpret_cast<T*>(std::uintptr_t{4096} + offset);
}

kernels::RmsNormParams norm_params() {
  kernels::RmsNormParams params;
  params.x = address<__nv_bfloat16>();
  params.weight = address<__nv_bfloat16>();
  params.y = address<__nv_bfloat16>(65536);
  params.rows = 1;
  params.hidden = 4096;
  params.eps = 1e-5f;
  return params;
}

template <class Change>
std::string norm_refusal(Change const& change) {
  auto params = norm_params();
  change(params);
  return refusal([&] { kernels::launch_rms_norm(params, {}, nullptr); });
}

TEST(DenseCheck, RmsNormNamesTheSizeItDoesNotTake) {
  EXPECT_THAT(norm_refusal([](auto& p) { p.hidden = 4100; }),
              AllOf(StartsWith("rms_norm: hidden is 4100"), HasSubstr("multiple of 8")));
  EXPECT_THAT(norm_refusal([](auto& p) { p.hidden = 16392; }), HasSubstr("8 to 16384"));
  EXPECT_THAT(norm_refusal([](auto& p) { p.hidden = 0; }), HasSubstr("hidden is 0"));
  EXPECT_THAT(norm_refusal([](auto& p) { p.rows = -1; }), HasSubstr("rows is -1"));
  EXPECT_EQ(norm_refusal([](auto& p) { p.rows = 0; }), "accepted");
}

TEST(DenseCheck, RmsNormRefusesAnEpsThatIsNone) {
  for (float const eps : {-1e-6f, NAN, INFINITY}) {
    EXPECT_THAT(norm_refusal([&](auto& p) { p.eps = eps; }), HasSubstr("eps is negative"));
  }
}

TEST(DenseCheck, RmsNormRefusesMemoryThatItWouldSpoil) {
  EXPECT_THAT(norm_refusal([](auto& p) { p.y = nullptr; }), HasSubstr("y is null"));
  EXPECT_THAT(norm_refusal([](auto& p) { p.residual = address<__nv_bfloat16>(4); }),
              HasSubstr("residual is not on a 16-byte boundary"));
  EXPECT_THAT(norm_refusal([](auto& p) { p.residual = p.y; }), HasSubstr("y is residual"));
  EXPECT_THAT(norm_refusal([](auto& p) {
                p.source_rows = address<std::int32_t>();
                p.y = address<__nv_bfloat16>();
              }),
              HasSubstr("y is x with source_rows"));
}

kernels::RopeAppendParams rope_params() {
  kernels::RopeAppendParams params;
  params.qkv = address<__nv_bfloat16>();
  params.frequency = address<float>();
  params.sequences = address<kernels::SequenceParams>();
  params.q = address<__nv_bfloat16>();
  params.cache = {
      .k = address<__nv_bfloat16>(), .v = address<__nv_bfloat16>(), .token_stride = 128};
  params.tokens = 1;
  params.batch = 1;
  params.q_heads = 32;
  params.kv_heads = 8;
  params.head_dim = 128;
  return params;
}

template <class Change>
std::string rope_refusal(Change const& change) {
  auto params = rope_params();
  change(params);
  return refusal([&] { kernels::launch_rope_append(params, {}, nullptr); });
}

TEST(DenseCheck, RopeAppendNamesTheShapeItDoesNotTake) {
  for (std::int32_t const head_dim : {32, 80, 96, 192, 256}) {
    EXPECT_THAT(rope_refusal([&](auto& p) { p.head_dim = head_dim; }),
                AllOf(StartsWith("rope_append: head_dim is " + std::to_string(head_dim)),
                      HasSubstr("64 or 128")));
  }
  EXPECT_THAT(rope_refusal([](auto& p) { p.kv_heads = 5; }), HasSubstr("q_heads 32 with kv_heads"));
  EXPECT_THAT(rope_refusal([](auto& p) { p.batch = 0; }), HasSubstr("batch is not positive"));
  EXPECT_EQ(rope_refusal([](auto& p) { p.tokens = 0; }), "accepted");
}

TEST(DenseCheck, RopeAppendRefusesACacheThatAttentionCouldNotRead) {
  EXPECT_THAT(rope_refusal([](auto& p) { p.cache.token_stride = 100; }),
              HasSubstr("token_stride is 100"));
  EXPECT_THAT(rope_refusal([](auto& p) { p.cache.v = nullptr; }), HasSubstr("v is null"));
  EXPECT_THAT(rope_refusal([](auto& p) {
                p.cache.page_table = address<std::int32_t>();
                p.cache.page_tokens = 48;
              }),
              HasSubstr("page_tokens is 48"));
}

TEST(DenseCheck, RopeAppendWantsBothNormsOrNone) {
  EXPECT_THAT(rope_refusal([](auto& p) { p.q_weight = address<__nv_bfloat16>(); }),
              HasSubstr("only one of q_weight and k_weight"));
}

TEST(DenseCheck, RopeAppendKeepsTheRoutersQueriesApart) {
  EXPECT_THAT(rope_refusal([](auto& p) {
                p.router_q = p.q;
                p.pool_tokens = 100;
              }),
              HasSubstr("router_q is q"));
  EXPECT_THAT(rope_refusal([](auto& p) { p.router_q = address<__nv_bfloat16>(65536); }),
              HasSubstr("pool_tokens is not positive"));
}

TEST(DenseCheck, SiluMulNamesWhatItDoesNotTake) {
  kernels::SiluMulParams params{.tokens = 1, .intermediate = 14337};
  auto const refused = [&] {
    return refusal([&] { kernels::launch_silu_mul(params, {}, nullptr); });
  };
  EXPECT_THAT(refused(), StartsWith("silu_mul: intermediate is 14337"));
  params.intermediate = 14336;
  EXPECT_THAT(refused(), HasSubstr("gate_up is null"));
  params.tokens = 0;
  EXPECT_EQ(refused(), "accepted");
}

TEST(DenseCheck, EmbeddingNamesWhatItDoesNotTake) {
  kernels::EmbeddingParams params{.rows = 1, .vocab_size = 0, .hidden = 4096};
  auto const refused = [&] {
    return refusal([&] { kernels::launch_embedding(params, {}, nullptr); });
  };
  EXPECT_THAT(refused(), StartsWith("embedding: vocab_size is 0"));
  params.vocab_size = 10;
  EXPECT_THAT(refused(), HasSubstr("tokens is null"));
  params.hidden = 4;
  EXPECT_THAT(refused(), HasSubstr("hidden is 4"));
}

TEST(DenseCheck, GreedyTokenNamesWhatItDoesNotTake) {
  kernels::GreedyTokenParams params{.rows = 1, .vocab_size = 151936, .row_stride = 151936};
  auto const refused = [&] {
    return refusal([&] { kernels::launch_greedy_token(params, {}, nullptr); });
  };
  EXPECT_THAT(refused(), StartsWith("greedy_token: logits is null"));
  params.row_stride = 151928;
  EXPECT_THAT(refused(), HasSubstr("row_stride is below vocab_size"));
  params.row_stride = 151937;
  EXPECT_THAT(refused(), HasSubstr("row_stride is 151937"));
  params.type = kernels::LogitType::float32;
  params.row_stride = 151940;  // four floats are 16 bytes, four bf16 are not
  EXPECT_THAT(refused(), HasSubstr("logits is null"));
  params.vocab_size = 0;
  EXPECT_THAT(refused(), HasSubstr("vocab_size is 0"));
}

TEST(DenseCheck, MoreCtasThanALaunchTakesAreRefused) {
  EXPECT_EQ(kernels::grid_of_rows(2147483647, 1, "x"), 2147483647);
  EXPECT_THAT(refusal([] { (void)kernels::grid_of_rows(1073741824, 2, "silu_mul"); }),
              StartsWith("silu_mul: 1073741824 rows of 2 CTAs"));
}

}  // namespace
}  // namespace fluxscope::testing
