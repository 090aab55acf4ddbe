#include "runs/cases/layout.hpp"

#include <gtest/gtest.h>

namespace fluxscope::runs {
namespace {

plan::LayerPlan decode_plan() {
  plan::LayerPlan plan{.phase = plan::Phase::decode,
                       .shape = {.q_heads = 32, .kv_heads = 8, .head_dim = 128},
                       .sequences = {{1, 1000}, {1, 300}}};
  plan.selections.assign(64, {});
  return plan;
}

TEST(CaseLayout, ContiguousHeadsAreWholeBlocksApart) {
  plan::LayerPlan const plan = decode_plan();

  CaseLayout const layout = make_case_layout(plan, {});

  EXPECT_TRUE(layout.contiguous);
  EXPECT_FALSE(layout.paged);
  // 1000 tokens are 8 blocks, 300 are 3.
  EXPECT_EQ(layout.sequences[0].kv_head_stride, 8 * 128 * 128);
  EXPECT_EQ(layout.sequences[1].kv_offset, 8 * 8 * 128 * 128);
  EXPECT_EQ(layout.cache_elements, (8 + 3) * 8 * 128 * 128);
  EXPECT_EQ(layout.sequences[1].q_row_begin, 1);
  EXPECT_EQ(layout.q_elements, 2 * 32 * 128);
}

TEST(CaseLayout, GatherHoldsCacheAndPagesTwoPoolOnlyPages) {
  plan::LayerPlan plan = decode_plan();
  plan::LayerWork work;
  work.kv = {.pages = 20, .blocks_per_head = 8, .page_table = {0}};

  plan.execution = plan::Execution::gather;
  CaseLayout const gather = make_case_layout(plan, work);
  plan.execution = plan::Execution::two_pool;
  CaseLayout const two_pool = make_case_layout(plan, work);

  EXPECT_EQ(gather.page_elements, 20 * 128 * 128);
  EXPECT_GT(gather.cache_elements, 0);
  EXPECT_EQ(two_pool.page_elements, 20 * 128 * 128);
  EXPECT_EQ(two_pool.cache_elements, 0);
}

TEST(CaseLayout, PartialRowsFollowTheLargestLaunch) {
  plan::LayerPlan const plan = decode_plan();
  plan::LayerWork work;
  work.launches = {{.partial_slots = 3}, {.partial_slots = 7}};

  EXPECT_EQ(make_case_layout(plan, work).partial_rows, 7 * 16);
}

TEST(CaseBytes, AreWhatTheKernelsReadAndWrite) {
  plan::LayerPlan const plan = decode_plan();
  plan::LayerWork work;
  work.launches.resize(1);
  work.launches[0].tiles.resize(10);
  work.launches[0].block_list.resize(100);
  work.launches[0].partial_slots = 3;

  CaseBytes const bytes = case_bytes(make_case_layout(plan, work));

  EXPECT_EQ(bytes.kv, 2 * (8 + 3) * 128 * 8 * 128 * 2);  // K and V, 11 blocks of 8 heads, bf16
  EXPECT_EQ(bytes.queries, 2 * 2 * 32 * 128 * 2 + 2 * 32 * 4);  // q and o, bf16; lse, f32
  EXPECT_EQ(bytes.partials, 3 * 16 * (128 + 1) * 4);
  EXPECT_EQ(bytes.tables, 10 * 32 + 100 * 4);
  EXPECT_EQ(bytes.total(), bytes.kv + bytes.queries + bytes.partials + bytes.tables);
}

TEST(Gigabytes, AreDecimalWithOnePlace) {
  EXPECT_EQ(gigabytes(0), "0.0 GB");
  EXPECT_EQ(gigabytes(80'000'000'000), "80.0 GB");
  EXPECT_EQ(gigabytes(1'048'576'000'000), "1048.5 GB");
}

}  // namespace
}  // namespace fluxscope::runs
