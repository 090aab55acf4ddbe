// plan_gpu and flux_layer refuse bad parameters before they touch CUDA; no GPU needed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "kernels/routing/flux_layer.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// An address that is never read: 16-byte aligned, plus `offset`.
template <class T>
T* address(std::uintptr_t offset = 0) {
  return reinterpret_cast<T*>(std::uintptr_t{4096} + offset);
}

kernels::PlanGpuParams valid_params() {
  kernels::PlanGpuParams params;
  params.sequences = address<kernels::SequenceParams>();
  params.batch = 2;
  params.q_heads = 32;
  params.sparse = {
      .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
  params.kv_blocks = 1024;
  params.tile_capacity = 65536;
  params.workspace = address<void>();
  params.tiles = address<plan::Tile>();
  params.tile_count = address<std::int32_t>();
  return params;
}

/// The message of the InputError that launch_plan_gpu throws after `change`.
template <class Change>
std::string launch_refusal(Change const& change) {
  auto params = valid_params();
  change(params);
  return refusal([&] { kernels::launch_plan_gpu(params, {}, nullptr); });
}

TEST(PlanGpuCheck, NumbersOutsideTheirLimitsAreNamed) {
  EXPECT_THAT(launch_refusal([](auto& p) { p.batch = 0; }), StartsWith("plan_gpu: batch is 0 "));
  EXPECT_THAT(launch_refusal([](auto& p) { p.batch = 1025; }), HasSubstr("1 to 1024"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.kv_blocks = 8193; }),
              HasSubstr("kv_blocks is 8193 (its table lies in shared memory) pass 1 to 8192"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.sections = -1; }), HasSubstr("sections is -1"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.q_heads = 0; }), HasSubstr("q_heads is not positive"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.tile_capacity = 0; }), HasSubstr("tile_capacity"));
}

TEST(PlanGpuCheck, MissingArraysAreNamed) {
  EXPECT_THAT(launch_refusal([](auto& p) { p.sequences = nullptr; }),
              HasSubstr("sequences is null"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.workspace = nullptr; }),
              HasSubstr("workspace is null"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.tiles = address<plan::Tile>(8); }),
              HasSubstr("tiles is not on a 16-byte boundary"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.tile_count = nullptr; }),
              HasSubstr("tile_count is null"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.sections = 2; }), HasSubstr("section_begin is null"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.sparse = {.kind = plan::SelectionKind::blocks}; }),
              HasSubstr("lists are null"));
}

TEST(PlanGpuCheck, AWindowHoldsTheTokenItself) {
  EXPECT_THAT(launch_refusal([](auto& p) { p.sparse.local_tokens = 0; }),
              HasSubstr("local_tokens >= 1"));
  EXPECT_THAT(launch_refusal([](auto& p) { p.sparse.sink_tokens = -1; }),
              HasSubstr("negative tokens"));
}

TEST(FluxLayerCheck, RouterAndAttentionAreOfOneLayer) {
  kernels::FluxLayerParams params;
  params.router.q_heads = 32;
  params.router.head_dim = 128;
  params.attention.q_heads = 32;
  params.attention.head_dim = 128;
  auto const problem = [&] {
    try {
      kernels::launch_flux_layer(params, {}, nullptr);
    } catch (InputError const& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(problem(), HasSubstr("work.queue is null"));
  params.attention.head_dim = 64;
  EXPECT_THAT(problem(), StartsWith("flux_layer: router and attention differ"));
}

TEST(FluxLayerCheck, TheLaunchesReadWhatTheOnesBeforeWrite) {
  kernels::FluxLayerParams params;
  params.router.sequences = address<kernels::SequenceParams>();
  params.router.gate = address<std::int32_t>(16);
  params.router.batch = 3;
  params.router.q_heads = 32;
  params.plan = valid_params();
  params.plan.lists.columns = address<std::uint32_t>(64);
  params.attention.work = {.queue = address<std::uint32_t>(32), .tile_count = 5, .grid_ctas = 132};

  auto const plan = kernels::flux_plan(params);
  auto const attention = kernels::flux_attention(params);

  EXPECT_EQ(plan.gate, params.router.gate);
  EXPECT_EQ(plan.batch, 3);
  EXPECT_EQ(plan.sequences, params.router.sequences);
  EXPECT_EQ(attention.sequences, params.router.sequences);
  EXPECT_EQ(attention.work.tiles, plan.tiles);
  EXPECT_EQ(attention.work.device_tile_count, plan.tile_count);
  EXPECT_EQ(attention.work.tile_count, 65536);
  EXPECT_EQ(attention.work.block_list, params.plan.lists.columns);
  EXPECT_EQ(attention.work.queue, params.attention.work.queue);
  EXPECT_EQ(attention.work.grid_ctas, 132);
}

}  // namespace
}  // namespace fluxscope::testing
