// XAttention's launchers refuse bad parameters before they touch CUDA; no GPU needed.

#include "kernels/routing/xattn/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "kernels/routing/xattn/score_wgmma/launch.hpp"
#include "kernels/routing/xattn/select/launch.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(XattnCheck, AcceptsItsLimitsAndNothingBeyond) {
  auto const blocks = [](std::int32_t count) {
    return refusal([&] { kernels::check_kv_blocks(count, "xattn"); });
  };
  EXPECT_EQ(blocks(1), "accepted");
  EXPECT_EQ(blocks(8192), "accepted");
  EXPECT_THAT(blocks(0), HasSubstr("xattn: max_kv_blocks is 0 "));
  EXPECT_THAT(blocks(-1), HasSubstr("max_kv_blocks is -1 "));
  EXPECT_THAT(blocks(8193), AllOf(HasSubstr("is 8193 "), HasSubstr("1 to 8192")));
  for (std::int32_t stride = -16; stride <= 32; ++stride) {
    auto const message = refusal([&] { kernels::check_stride(stride, "xattn"); });
    if (stride == 8 || stride == 16) {
      EXPECT_EQ(message, "accepted");
    } else {
      EXPECT_THAT(message, HasSubstr("xattn: stride is " + std::to_string(stride) + " "));
    }
  }
}

template <class T>
T* address(std::uintptr_t offset = 0) {
  return reinterpret_cast<T*>(std::uintptr_t{4096} + offset);
}

kernels::XattnScoreParams valid_score() {
  kernels::XattnScoreParams params;
  params.q = address<__nv_bfloat16>();
  params.kv = {.k = address<__nv_bfloat16>(), .token_stride = 128};
  params.sequences = address<kernels::SequenceParams>();
  params.work = {.tiles = address<kernels::XattnScoreTile>(), .tile_count = 1, .grid_ctas = 1};
  params.row_begin = address<std::int64_t>();
  params.block_scores = address<float>();
  params.workspace = address<float>();
  params.max_kv_blocks = 8;
  params.q_heads = 4;
  params.kv_heads = 2;
  params.head_dim = 128;
  params.softmax_scale = 0.1f;
  return params;
}

TEST(LaunchCheck, XattnScoreRefusesWhatItCannotRun) {
  for (auto const launch : {kernels::launch_xattn_score, kernels::launch_xattn_score_wgmma}) {
    auto const with = [&](auto const& change) {
      auto params = valid_score();
      change(params);
      return refusal([&] { launch(params, {}, nullptr); });
    };
    EXPECT_THAT(with([](auto& p) { p.head_dim = 96; }),
                AllOf(HasSubstr("head_dim is 96"), HasSubstr("64 or 128")));
    EXPECT_THAT(with([](auto& p) { p.stride = 4; }),
                AllOf(HasSubstr("stride is 4"), HasSubstr("8 or 16")));
    EXPECT_THAT(with([](auto& p) { p.kv_heads = 3; }), HasSubstr("q_heads 4 with kv_heads 3"));
    EXPECT_THAT(with([](auto& p) { p.softmax_scale = std::nanf(""); }), HasSubstr("softmax_scale"));
    EXPECT_THAT(with([](auto& p) { p.max_kv_blocks = 8193; }),
                AllOf(HasSubstr("max_kv_blocks is 8193"), HasSubstr("8192")));
    EXPECT_THAT(with([](auto& p) { p.kv.page_table = address<std::int32_t>(); }),
                HasSubstr("kv is paged"));
    EXPECT_THAT(with([](auto& p) { p.kv.token_stride = 4; }), HasSubstr("token_stride is 4"));
    EXPECT_THAT(with([](auto& p) { p.q = nullptr; }), HasSubstr("q is null"));
    EXPECT_THAT(with([](auto& p) { p.kv.k = address<__nv_bfloat16>(2); }),
                HasSubstr("k is not on a 16-byte boundary"));
    EXPECT_THAT(with([](auto& p) { p.workspace = nullptr; }), HasSubstr("workspace is null"));
    EXPECT_THAT(with([](auto& p) { p.block_scores = nullptr; }), HasSubstr("block_scores is null"));
    EXPECT_THAT(with([](auto& p) { p.work.grid_ctas = 0; }), HasSubstr("grid_ctas is 0"));
    EXPECT_EQ(with([](auto& p) { p.work = {}; }), "accepted");
  }
}

TEST(LaunchCheck, XattnSelectRefusesWhatItCannotRun) {
  auto const with = [](auto const& change) {
    kernels::XattnSelectParams params;
    params.block_scores = address<float>();
    params.row_begin = address<std::int64_t>();
    params.rows = address<kernels::XattnRow>();
    params.rows_count = 1;
    params.max_kv_blocks = 8;
    params.row_count = address<std::int32_t>();
    params.columns = address<std::uint32_t>();
    change(params);
    return refusal([&] { kernels::launch_xattn_select(params, {}, nullptr); });
  };
  EXPECT_THAT(with([](auto& p) { p.threshold = 1.5f; }),
              AllOf(HasSubstr("threshold is 1.5"), HasSubstr("[0, 1]")));
  EXPECT_THAT(with([](auto& p) { p.threshold = std::nanf(""); }), HasSubstr("threshold is nan"));
  EXPECT_THAT(with([](auto& p) { p.sink_blocks = -1; }), HasSubstr("sink_blocks is -1"));
  EXPECT_THAT(with([](auto& p) { p.recent_blocks = 0; }), HasSubstr("recent_blocks 0"));
  EXPECT_THAT(with([](auto& p) { p.max_kv_blocks = 0; }), HasSubstr("max_kv_blocks is 0"));
  EXPECT_THAT(with([](auto& p) { p.rows = nullptr; }), HasSubstr("rows is null"));
  EXPECT_THAT(with([](auto& p) { p.columns = nullptr; }), HasSubstr("columns is null"));
  EXPECT_EQ(with([](auto& p) { p.rows_count = 0; }), "accepted");
}

}  // namespace
}  // namespace fluxscope::testing
