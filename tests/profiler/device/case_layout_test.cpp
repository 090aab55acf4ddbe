#include "profiler/device/case_layout.hpp"

#include <gtest/gtest.h>

namespace fluxscope::profiler {
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

TEST(ChooseCopies, EnoughToLeaveTheCacheTwice) {
  CaseLayout layout;
  layout.cache_elements = 1 << 20;
  layout.touched_bytes = 10 << 20;

  CopyCount const copies = choose_copies(layout, 50 << 20, std::int64_t{1} << 40);

  EXPECT_EQ(copies.copies, 10u);  // 2 x 50 MiB / 10 MiB
  EXPECT_TRUE(copies.beyond_l2);
}

TEST(ChooseCopies, TooLittleMemoryIsSaid) {
  CaseLayout layout;
  layout.cache_elements = 1 << 20;  // K and V: 4 MiB a copy
  layout.touched_bytes = 1 << 20;

  CopyCount const copies = choose_copies(layout, 50 << 20, 12 << 20);

  EXPECT_EQ(copies.copies, 3u);
  EXPECT_FALSE(copies.beyond_l2);
}

TEST(ChooseCopies, ALargeCaseNeedsOne) {
  CaseLayout layout;
  layout.cache_elements = 1 << 30;
  layout.touched_bytes = std::int64_t{4} << 30;

  EXPECT_EQ(choose_copies(layout, 50 << 20, 1).copies, 1u);
}

}  // namespace
}  // namespace fluxscope::profiler
