#include "plan/layer/kv_sections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::ElementsAre;

constexpr AttentionShape kShape{.q_heads = 8, .kv_heads = 4, .head_dim = 64};

TEST(KvSections, AreTheRunsNearestToTheBudget) {
  // K and V of a head: 2 x 1000 tokens x 64 x 2 bytes = 256,000 bytes.
  std::vector<SequenceShape> const sequences = {{1000, 1000}};
  // 640,000 bytes: two heads fill 512,000 and a third is as near as it is far: it joins.
  EXPECT_THAT(kv_sections(kShape, sequences, 640'000), ElementsAre(0, 0, 0, 0, 0, 0, 1, 1));
  EXPECT_THAT(kv_sections(kShape, sequences, 639'999), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
  EXPECT_THAT(kv_sections(kShape, sequences, 1), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
}

TEST(KvSections, CrossSequencesAndNeedABudget) {
  std::vector<SequenceShape> const sequences = {{10, 500}, {1, 2000}};
  // Heads of 128,000 and of 512,000 bytes; 700,000: four of the first and half of one of the second
  // would be 768,000, more than the budget.
  EXPECT_THAT(kv_sections(kShape, sequences, 700'000),
              ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4));
  EXPECT_THAT(kv_sections(kShape, sequences, 0), ::testing::Each(0));
}

TEST(KvSections, BeginAtTheFirstRowOfTheirFirstHead) {
  // 300 and 100 queries: 3 rows and 1 row a head. Sections as above: all 8 heads of the first
  // sequence, then 2 heads each of the second.
  std::vector<SequenceShape> const sequences = {{300, 500}, {100, 2000}};
  EXPECT_THAT(section_first_rows(kShape, sequences, 700'000), ElementsAre(0, 24, 26, 28, 30));
  EXPECT_THAT(section_first_rows(kShape, sequences, 0), ElementsAre(0));
}

TEST(KvSections, APrefillLaunchTakesOneAfterTheOtherAndIsLongestFirstInEach) {
  LayerPlan plan{.phase = Phase::prefill, .shape = kShape, .sequences = {{1000, 1000}, {300, 900}}};
  plan.selections.assign(16, {});
  plan.scheduler = Scheduler::persistent;
  DeviceSlots const slots{.sm_count = 4, .kv_section_bytes = 512'000};
  auto const sections = kv_sections(kShape, plan.sequences, slots.kv_section_bytes);

  auto const tiles = make_layer_work(plan, slots).launches.at(0).tiles;

  auto const section = [&](Tile const& tile) { return sections[tile.seq * 8u + tile.head]; };
  EXPECT_TRUE(std::is_sorted(tiles.begin(), tiles.end(), [&](Tile const& a, Tile const& b) {
    return section(a) != section(b) ? section(a) < section(b)
                                    : visited_blocks(a) > visited_blocks(b);
  }));
  EXPECT_EQ(tiles.size(), 8u * 8 + 8 * 3);
  EXPECT_GT(section(tiles.back()), 2);
}

}  // namespace
}  // namespace fluxscope::plan
