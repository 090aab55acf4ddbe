// Launchers refuse bad parameters before they touch CUDA, so these tests need no GPU.

#include "kernels/attention/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/error.hpp"
#include "kernels/attention/combine/launch.hpp"
#include "kernels/attention/decode_split/launch.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "kernels/attention/prefill_mma/launch.hpp"
#include "kernels/attention/prefill_wgmma/launch.hpp"
#include "kernels/routing/router/launch.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

/// An address that is never read: 16-byte aligned, plus `offset`.
template <class T>
T* address(std::uintptr_t offset = 0) {
  return reinterpret_cast<T*>(std::uintptr_t{4096} + offset);
}

kernels::AttentionParams valid_params() {
  kernels::AttentionParams params;
  params.q = address<__nv_bfloat16>();
  params.kv = {.k = address<__nv_bfloat16>(), .v = address<__nv_bfloat16>(), .token_stride = 128};
  params.o = address<__nv_bfloat16>();
  params.lse = address<float>();
  params.sequences = address<kernels::SequenceParams>();
  params.work = {.tiles = address<plan::Tile>(), .tile_count = 1, .grid_ctas = 1};
  params.q_heads = 32;
  params.kv_heads = 8;
  params.head_dim = 128;
  params.softmax_scale = 0.1f;
  return params;
}

std::string decode_refusal(kernels::AttentionParams const& params) {
  return refusal([&] { kernels::launch_decode_split(params, {}, nullptr); });
}

std::string prefill_refusal(kernels::AttentionParams const& params) {
  return refusal([&] { kernels::launch_prefill_mma(params, {}, nullptr); });
}

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(LaunchCheck, NamesTheUnsupportedHeadDim) {
  auto params = valid_params();
  params.head_dim = 96;
  EXPECT_THAT(decode_refusal(params),
              AllOf(StartsWith("decode_split: "), HasSubstr("96"), HasSubstr("64 or 128")));
}

TEST(LaunchCheck, RefusesHeadsThatDoNotDivide) {
  auto params = valid_params();
  params.kv_heads = 5;
  EXPECT_THAT(decode_refusal(params), HasSubstr("q_heads 32 with kv_heads 5"));
  params.kv_heads = 0;
  EXPECT_THAT(decode_refusal(params), HasSubstr("kv_heads 0"));
}

TEST(LaunchCheck, RefusesAGroupThatDoesNotFitTheTile) {
  auto params = valid_params();
  params.kv_heads = 1;
  EXPECT_THAT(decode_refusal(params), HasSubstr("more than 16 query heads"));
}

TEST(LaunchCheck, NamesTheNullOrMisalignedPointer) {
  auto params = valid_params();
  params.q = nullptr;
  EXPECT_THAT(decode_refusal(params), HasSubstr("q is null"));
  params = valid_params();
  params.kv.v = address<__nv_bfloat16>(8);
  EXPECT_THAT(decode_refusal(params), HasSubstr("v is not on a 16-byte boundary"));
  params = valid_params();
  params.o_partial = address<float>();
  EXPECT_THAT(decode_refusal(params), HasSubstr("only one of o_partial and lse_partial"));
}

TEST(LaunchCheck, RefusesStridesAndPagesItCannotRead) {
  auto params = valid_params();
  params.kv.token_stride = 132;
  EXPECT_THAT(decode_refusal(params), HasSubstr("token_stride is 132"));
  params = valid_params();
  params.kv.page_table = address<std::int32_t>();
  params.kv.page_tokens = 48;
  EXPECT_THAT(decode_refusal(params), HasSubstr("page_tokens is 48"));
  params.kv.page_tokens = 64;
  EXPECT_THAT(decode_refusal(params), HasSubstr("pages_per_head is 0"));
}

TEST(LaunchCheck, RefusesAScaleThatOrdersNothing) {
  for (float const scale : {0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity()}) {
    auto params = valid_params();
    params.softmax_scale = scale;
    EXPECT_THAT(decode_refusal(params), HasSubstr("softmax_scale"));
  }
}

TEST(LaunchCheck, RefusesTablesThatNoSchedulerHas) {
  auto params = valid_params();
  params.work.grid_ctas = 0;
  EXPECT_THAT(decode_refusal(params), HasSubstr("grid_ctas is 0 with 1 tiles"));
  params = valid_params();
  params.work.queue = address<std::uint32_t>();
  params.work.cta_begin = address<std::int32_t>();
  EXPECT_THAT(decode_refusal(params), HasSubstr("both queue and cta_begin"));
  params.work.queue = nullptr;
  params.work.device_tile_count = address<std::int32_t>();
  EXPECT_THAT(decode_refusal(params), HasSubstr("both device_tile_count and cta_begin"));
}

TEST(LaunchCheck, AnEmptyTableLaunchesNothing) {
  auto params = valid_params();
  params.work = {};
  EXPECT_EQ(decode_refusal(params), "accepted");
}

TEST(LaunchCheck, PrefillMmaRefusesWhatItCannotRun) {
  auto const with = [](auto const& change) {
    auto params = valid_params();
    change(params);
    return prefill_refusal(params);
  };
  EXPECT_THAT(with([](auto& p) { p.head_dim = 256; }),
              AllOf(StartsWith("prefill_mma: "), HasSubstr("256"), HasSubstr("64 or 128")));
  EXPECT_THAT(with([](auto& p) { p.kv_heads = 7; }), HasSubstr("q_heads 32 with kv_heads 7"));
  EXPECT_THAT(with([](auto& p) { p.softmax_scale = 0; }), HasSubstr("softmax_scale"));
  EXPECT_THAT(with([](auto& p) { p.o = address<__nv_bfloat16>(2); }),
              HasSubstr("o is not on a 16-byte boundary"));
  EXPECT_THAT(with([](auto& p) { p.lse = nullptr; }), HasSubstr("lse is null"));
  EXPECT_THAT(with([](auto& p) { p.sequences = nullptr; }), HasSubstr("sequences is null"));
  EXPECT_THAT(with([](auto& p) { p.kv.token_stride = 4; }), HasSubstr("token_stride is 4"));
  EXPECT_THAT(with([](auto& p) { p.kv.token_stride = std::int64_t{1} << 25; }),
              HasSubstr("token_stride is above 2^24"));
  EXPECT_THAT(with([](auto& p) { p.lse_partial = address<float>(); }),
              HasSubstr("only one of o_partial and lse_partial"));
  EXPECT_THAT(with([](auto& p) { p.work.grid_ctas = 0; }), HasSubstr("grid_ctas is 0"));
  EXPECT_EQ(with([](auto& p) { p.work = {}; }), "accepted");
}

TEST(LaunchCheck, PrefillMmaHasFactsForItsHeadDimsOnly) {
  EXPECT_THAT(refusal([] { (void)kernels::prefill_mma_facts(96, {}); }), HasSubstr("64 or 128"));
}

TEST(LaunchCheck, PrefillWgmmaRefusesWhatItCannotRun) {
  auto const with = [](auto const& change) {
    auto params = valid_params();
    change(params);
    return refusal([&] { kernels::launch_prefill_wgmma(params, {}, nullptr); });
  };
  EXPECT_THAT(with([](auto& p) { p.head_dim = 256; }),
              AllOf(StartsWith("prefill_wgmma: "), HasSubstr("256"), HasSubstr("64 or 128")));
  EXPECT_THAT(with([](auto& p) { p.kv_heads = 7; }), HasSubstr("q_heads 32 with kv_heads 7"));
  EXPECT_THAT(with([](auto& p) { p.softmax_scale = 0; }), HasSubstr("softmax_scale"));
  EXPECT_THAT(with([](auto& p) { p.q = address<__nv_bfloat16>(2); }),
              HasSubstr("q is not on a 16-byte boundary"));
  EXPECT_THAT(with([](auto& p) { p.sequences = nullptr; }), HasSubstr("sequences is null"));
  EXPECT_THAT(with([](auto& p) { p.kv.token_stride = 4; }), HasSubstr("token_stride is 4"));
  EXPECT_THAT(with([](auto& p) { p.kv.token_stride = std::int64_t{1} << 25; }),
              HasSubstr("token_stride is above 2^24"));
  EXPECT_THAT(with([](auto& p) { p.lse_partial = address<float>(); }),
              HasSubstr("only one of o_partial and lse_partial"));
  EXPECT_THAT(with([](auto& p) { p.work.grid_ctas = 0; }), HasSubstr("grid_ctas is 0"));
  EXPECT_EQ(with([](auto& p) { p.work = {}; }), "accepted");
}

TEST(LaunchCheck, CombineNeedsItsPartials) {
  EXPECT_THROW(kernels::launch_combine(valid_params(), true, {}, nullptr), InputError);
}

TEST(LaunchCheck, GatherRefusesAPagedSource) {
  kernels::GatherKvParams params;
  params.source = {.k = address<__nv_bfloat16>(),
                   .v = address<__nv_bfloat16>(),
                   .page_table = address<std::int32_t>(),
                   .page_tokens = 128,
                   .pages_per_head = 1};
  params.work = {.tiles = address<plan::Tile>(), .tile_count = 1, .grid_ctas = 1};
  params.kv_heads = 8;
  params.head_dim = 128;
  EXPECT_THROW(kernels::launch_gather_kv(params, kernels::ProbeLevel::off, nullptr), InputError);
}

TEST(LaunchCheck, TheRouterNeedsEveryLayer) {
  kernels::RouterParams params;
  params.q = address<__nv_bfloat16>();
  params.sequences = address<kernels::SequenceParams>();
  params.batch = 1;
  params.q_heads = 32;
  params.head_dim = 128;
  EXPECT_THROW(kernels::launch_router(params, {}, nullptr), InputError);
}

}  // namespace
}  // namespace fluxscope::testing
