#include "plan/layer/kv_layout.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "tests/plan/layer/random_plan.hpp"

namespace fluxscope::plan {
namespace {

/// Decode over 40 blocks, 4 KV heads of which head 2 is full; the others read block 0 and the
/// last 2.
LayerPlan one_full_of_four(Execution execution, KvRetention retention) {
  LayerPlan plan{.phase = Phase::decode,
                 .shape = {.q_heads = 8, .kv_heads = 4, .head_dim = 128},
                 .sequences = {{1, 40 * 128}},
                 .execution = execution,
                 .retention = retention};
  for (int head = 0; head < 8; ++head) {
    plan.selections.push_back(head / 2 == 2 ? Selection{}
                                            : Selection{SelectionKind::streaming, 128, 256, 0});
  }
  return plan;
}

std::int32_t page(KvLayout const& layout, std::int32_t head, std::int32_t block) {
  return layout.page_table.at(static_cast<std::size_t>(head * layout.blocks_per_head + block));
}

TEST(KvLayout, OneLaunchReadsAContiguousCache) {
  for (Execution const execution : {Execution::masked, Execution::fused, Execution::balanced}) {
    auto const layout = make_kv_layout(one_full_of_four(execution, KvRetention::keep_all));
    EXPECT_TRUE(layout.page_table.empty());
    EXPECT_EQ(layout.pages, 0);
    EXPECT_EQ(layout.held_blocks, 4 * 40);
  }
}

TEST(KvLayout, TwoPoolHoldsEverythingWithTheFullHeadsFirst) {
  auto const layout = make_kv_layout(one_full_of_four(Execution::two_pool, KvRetention::keep_all));

  EXPECT_EQ(layout.held_blocks, 4 * 40);
  EXPECT_EQ(layout.pages, 160);
  EXPECT_EQ(page(layout, 2, 0), 0);
  EXPECT_EQ(page(layout, 2, 39), 39);
  EXPECT_EQ(page(layout, 0, 0), 40);
  EXPECT_EQ(page(layout, 3, 39), 159);
}

TEST(KvLayout, EvictHoldsWhatIsRead) {
  // One full head of 40 blocks and three of 3.
  for (Execution const execution : {Execution::fused, Execution::two_pool, Execution::balanced}) {
    auto const layout = make_kv_layout(one_full_of_four(execution, KvRetention::evict));
    EXPECT_EQ(layout.held_blocks, 40 + 3 * 3);
    EXPECT_EQ(layout.pages, 49);
    EXPECT_EQ(page(layout, 0, 0), 40);
    EXPECT_EQ(page(layout, 0, 1), -1);
    EXPECT_EQ(page(layout, 0, 37), -1);
    EXPECT_EQ(page(layout, 0, 38), 41);
  }
}

TEST(KvLayout, GatherHoldsTheCacheAndTheCopies) {
  auto const layout = make_kv_layout(one_full_of_four(Execution::gather, KvRetention::keep_all));

  EXPECT_EQ(layout.pages, 49);
  EXPECT_EQ(layout.held_blocks, 4 * 40 + 49);
}

TEST(KvLayout, NoPageIsGivenTwiceAndEveryVisitedBlockHasOne) {
  Random random(5);
  int paged = 0;
  for (int round = 0; round < 400; ++round) {
    LayerPlan const plan = testing::random_plan(random);
    auto const layout = make_kv_layout(plan);
    if (layout.page_table.empty()) continue;
    ++paged;
    std::set<std::int32_t> pages;
    for (std::int32_t const one : layout.page_table) {
      if (one < 0) continue;
      EXPECT_TRUE(pages.insert(one).second);
    }
    EXPECT_EQ(pages.size(), static_cast<std::size_t>(layout.pages));
    EXPECT_TRUE(pages.empty() || *pages.rbegin() == layout.pages - 1);
    std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
    for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
      for (std::int32_t head = 0; head < plan.shape.q_heads; ++head) {
        for (std::int32_t q = 0; q < blocks_of(plan.sequences[seq].q_len); ++q) {
          for (std::int32_t const block : testing::selected_by_token(plan, seq, head, q)) {
            auto const row = static_cast<std::int32_t>(seq) * plan.shape.kv_heads + head / group;
            ASSERT_GE(page(layout, row, block), 0);
          }
        }
      }
    }
  }
  EXPECT_GT(paged, 100);  // the property was not empty
}

TEST(KvLayout, DistinctBlocksAreTheUnionOfWhatTheRowsRead) {
  Random random(15);
  for (int round = 0; round < 200; ++round) {
    LayerPlan const plan = testing::random_plan(random);
    std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
    std::set<std::tuple<std::size_t, std::int32_t, std::int32_t>> read;  // seq, KV head, block
    for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
      for (std::int32_t head = 0; head < plan.shape.q_heads; ++head) {
        for (std::int32_t q = 0; q < blocks_of(plan.sequences[seq].q_len); ++q) {
          for (std::int32_t const block : testing::selected_by_token(plan, seq, head, q)) {
            read.emplace(seq, head / group, block);
          }
        }
      }
    }

    auto const work = make_layer_work(plan, testing::random_slots(random));

    EXPECT_EQ(distinct_blocks(plan), static_cast<std::int64_t>(read.size()));
    EXPECT_EQ(work.distinct_blocks, static_cast<std::int64_t>(read.size()));
  }
}

TEST(KvLayout, AKvHeadIsFullWhereAllItsQueryHeadsAre) {
  LayerPlan plan{.shape = {.q_heads = 4, .kv_heads = 2, .head_dim = 64},
                 .sequences = {{128, 128}},
                 .selections = {{}, {}, {}, {SelectionKind::streaming, 0, 128, 0}}};

  EXPECT_TRUE(is_full_kv_head(plan, 0, 0));
  EXPECT_FALSE(is_full_kv_head(plan, 0, 1));
}

}  // namespace
}  // namespace fluxscope::plan
