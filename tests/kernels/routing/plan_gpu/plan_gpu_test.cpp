// plan_gpu makes the CPU planner's table, byte for byte.

#include "kernels/routing/plan_gpu/launch.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <sstream>

#include "plan/layer/kv_sections.hpp"
#include "tests/kernels/routing/plan_gpu/problem.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

class PlanGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

std::string place(plan::Tile const& tile) {
  std::ostringstream text;
  text << "(" << tile.seq << ", " << tile.head << ", " << tile.q_block << ") of "
       << visited_blocks(tile) << " blocks";
  return text.str();
}

/// Names the first tile that differs.
::testing::AssertionResult same_tiles(PlanGpuResult const& got,
                                      std::vector<plan::Tile> const& want) {
  if (got.tile_count != static_cast<std::int32_t>(want.size())) {
    return ::testing::AssertionFailure()
           << "tile_count " << got.tile_count << ", want " << want.size();
  }
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (std::memcmp(&got.tiles[i], &want[i], sizeof(plan::Tile)) == 0) continue;
    return ::testing::AssertionFailure()
           << "tile " << i << " is " << place(got.tiles[i]) << ", want " << place(want[i]);
  }
  return ::testing::AssertionSuccess();
}

std::int32_t upto(Random& random, std::uint64_t most) {
  return 1 + static_cast<std::int32_t>(random.below(most));
}

/// Ragged batch; gate, flags, sections and the sparse selection at random.
PlanGpuSetup random_setup(Random& random) {
  PlanGpuSetup setup;
  setup.shape.kv_heads = upto(random, 4);
  setup.shape.q_heads = setup.shape.kv_heads * upto(random, 4);
  for (std::int32_t seq = upto(random, 6); seq > 0; --seq) {
    std::int32_t const kv_len = upto(random, 9000);
    bool const whole = random.below(2) == 0;
    setup.sequences.push_back(
        {whole ? kv_len : upto(random, static_cast<std::uint64_t>(kv_len)), kv_len});
  }
  setup.sparse = {.kind = static_cast<plan::SelectionKind>(1 + random.below(3)),
                  .sink_tokens = upto(random, 400) - 1,
                  .local_tokens = upto(random, 3000),
                  .last_tokens = upto(random, 700)};
  auto const pairs = setup.sequences.size() * static_cast<std::size_t>(setup.shape.q_heads);
  auto const flags = random.below(3);  // none, per head, per (sequence, head)
  setup.full_heads.resize(flags == 0   ? 0
                          : flags == 1 ? static_cast<std::size_t>(setup.shape.q_heads)
                                       : pairs);
  for (auto& flag : setup.full_heads) flag = static_cast<std::uint8_t>(random.below(2));
  setup.gate.resize(random.below(3) == 0 ? 0 : setup.sequences.size());
  for (auto& gate : setup.gate) gate = static_cast<std::int32_t>(random.below(2));
  if (random.below(2) == 0) {
    setup.kv_section_bytes = static_cast<std::int64_t>(1 + random.below(4'000'000));
  }
  if (setup.sparse.kind == plan::SelectionKind::blocks) {
    setup.sparse = {.kind = plan::SelectionKind::blocks};
    setup.lists = random_lists(setup, random.unit() * random.unit(), random);
    setup.list_gap = static_cast<std::int32_t>(random.below(40));
  }
  return setup;
}

TEST_F(PlanGpu, RandomLayersGiveTheTableOfTheCpuPlanner) {
  Random random(71);
  for (int round = 0; round < 150; ++round) {
    PlanGpuSetup const setup = random_setup(random);
    ASSERT_TRUE(same_tiles(run_plan_gpu(setup), expected_tiles(setup))) << "round " << round;
  }
}

/// 10 sequences of up to 128K tokens, 32 heads: more chunks than CTAs run at once.
PlanGpuSetup large_setup(std::int64_t kv_section_bytes) {
  PlanGpuSetup setup;
  setup.shape = {.q_heads = 32, .kv_heads = 8, .head_dim = 128};
  setup.kv_section_bytes = kv_section_bytes;
  for (std::int32_t seq = 0; seq < 10; ++seq) {
    setup.sequences.push_back({131072 - 777 * seq, 131072});
    setup.gate.push_back(seq % 3 == 0 ? 1 : 0);
  }
  for (int head = 0; head < 320; ++head) {
    setup.full_heads.push_back(static_cast<std::uint8_t>(head % 7 == 2));
  }
  return setup;
}

TEST_F(PlanGpu, ThreeHundredThousandRowsInOneSection) {
  PlanGpuSetup const setup = large_setup(0);
  ASSERT_GT(setup.rows(), 300'000);
  EXPECT_TRUE(same_tiles(run_plan_gpu(setup), expected_tiles(setup)));
}

TEST_F(PlanGpu, ThreeHundredThousandRowsInASectionPerKvHead) {
  PlanGpuSetup const setup = large_setup(30'000'000);
  ASSERT_EQ(plan::section_first_rows(setup.shape, setup.sequences, 30'000'000).size(), 80u);
  EXPECT_TRUE(same_tiles(run_plan_gpu(setup), expected_tiles(setup)));
}

TEST_F(PlanGpu, TheLongestContextHasAKeyForEachOfItsBlocks) {
  PlanGpuSetup setup;
  setup.sequences = {{70'000, 8192 * 128}, {5000, 8192 * 128 - 5}};
  setup.gate = {1, 0};
  EXPECT_TRUE(same_tiles(run_plan_gpu(setup), expected_tiles(setup)));
}

TEST_F(PlanGpu, RowsWithoutABlockAreTilesAtTheEndOfTheirSection) {
  Random random(5);
  for (double const density : {0.0, 0.02}) {
    PlanGpuSetup setup;
    setup.sequences = {{3000, 3000}, {500, 4000}};
    setup.sparse = {.kind = plan::SelectionKind::blocks};
    setup.lists = random_lists(setup, density, random);
    setup.kv_section_bytes = 1'600'000;

    auto const result = run_plan_gpu(setup);

    ASSERT_TRUE(same_tiles(result, expected_tiles(setup)));
    EXPECT_EQ(visited_blocks(result.tiles.back()), 0);
  }
}

TEST_F(PlanGpu, AGateOrAFlagWithoutTheOtherDecides) {
  PlanGpuSetup setup;
  setup.sequences = {{4000, 4000}, {4000, 4000}};
  auto const sparse = run_plan_gpu(setup).tiles;
  setup.gate = {0, 1};
  auto const gated = run_plan_gpu(setup).tiles;
  // 32 blocks of 4000 tokens: the longest tile of a full head reads all, of a sparse one 17.
  EXPECT_EQ(visited_blocks(sparse.front()), 17);
  EXPECT_EQ(visited_blocks(gated.front()), 32);
  EXPECT_EQ(gated.front().seq, 1);
  setup.gate.clear();
  setup.full_heads = {0, 0, 0, 1, 0, 0, 0, 0};
  auto const flagged = run_plan_gpu(setup).tiles;
  EXPECT_EQ(visited_blocks(flagged.front()), 32);
  EXPECT_EQ(flagged.front().head, 3);
  EXPECT_EQ(flagged.front().seq, 0);
}

TEST_F(PlanGpu, WhatDoesNotFitMakesNoTable) {
  PlanGpuSetup setup;
  setup.sequences = {{4000, 4000}, {100, 300}};
  setup.gate = {1, 0};
  ASSERT_EQ(run_plan_gpu(setup).tile_count, 8 * 33);

  PlanGpuSetup small = setup;
  small.tile_capacity = 8 * 33 - 1;
  auto const result = run_plan_gpu(small);
  EXPECT_EQ(result.tile_count, -1);
  EXPECT_EQ(result.tiles[0].seq, 0xffff);  // untouched

  PlanGpuSetup few_keys = setup;
  few_keys.kv_blocks = 31;
  EXPECT_EQ(run_plan_gpu(few_keys).tile_count, -1);
  few_keys.kv_blocks = 32;
  EXPECT_EQ(run_plan_gpu(few_keys).tile_count, 8 * 33);

  PlanGpuSetup falling = setup;
  falling.section_begin = {0, 200, 100};
  EXPECT_EQ(run_plan_gpu(falling).tile_count, -1);
  falling.section_begin = {1, 100};
  EXPECT_EQ(run_plan_gpu(falling).tile_count, -1);
  falling.section_begin = {0, 8 * 33 + 1};
  EXPECT_EQ(run_plan_gpu(falling).tile_count, -1);

  PlanGpuSetup far = setup;
  far.gate = {};
  far.sparse = {.kind = plan::SelectionKind::blocks};
  Random random(3);
  far.lists = random_lists(far, 0.5, random);
  far.list_gap = 10'000'000;
  EXPECT_EQ(run_plan_gpu(far).tile_count, -1);
}

TEST_F(PlanGpu, WrongLengthsMakeNoTable) {
  PlanGpuSetup setup;
  setup.sequences = {{4000, 4000}, {100, 300}};
  setup.tile_capacity = 8 * 33;
  setup.kv_blocks = 32;
  ASSERT_EQ(run_plan_gpu(setup).tile_count, 8 * 33);

  // Negative; more queries than positions, by a block and by a token; more than 32 blocks, of which
  // a row visits at most 17. The last two leave 8 * 31 and 0 rows.
  for (plan::SequenceShape const wrong :
       {plan::SequenceShape{100, -300}, plan::SequenceShape{300, 100}, plan::SequenceShape{100, 99},
        plan::SequenceShape{100, 4097}, plan::SequenceShape{-129, 300},
        plan::SequenceShape{-4200, 300}}) {
    for (std::size_t const at : {0u, 1u}) {
      PlanGpuSetup bad = setup;
      if (at == 0) bad.sequences[1] = setup.sequences[0];
      bad.sequences[at] = wrong;

      auto const result = run_plan_gpu(bad);

      EXPECT_EQ(result.tile_count, -1) << wrong.q_len << " of " << wrong.kv_len << " at " << at;
      EXPECT_EQ(result.tiles[0].seq, 0xffff);  // untouched
    }
  }
}

TEST_F(PlanGpu, AListOfANegativeLengthMakesNoTable) {
  PlanGpuSetup setup;
  setup.sequences = {{500, 700}};
  setup.sparse = {.kind = plan::SelectionKind::blocks};
  Random random(6);
  setup.lists = random_lists(setup, 0.5, random);
  ASSERT_EQ(run_plan_gpu(setup).tile_count, 8 * 4);

  setup.lists.row_begin[0] = setup.lists.row_begin[1] + 1;

  EXPECT_EQ(run_plan_gpu(setup).tile_count, -1);
}

// A place of the batch that nobody uses.
TEST_F(PlanGpu, ASequenceWithoutQueriesHasNoRows) {
  PlanGpuSetup setup;
  setup.sequences = {{4000, 4000}};
  auto const want = expected_tiles(setup);
  setup.sequences = {{4000, 4000}, {0, 300}, {0, 0}};
  EXPECT_TRUE(same_tiles(run_plan_gpu(setup), want));
}

TEST_F(PlanGpu, RoomToSpareAndASecondLaunchChangeNothing) {
  PlanGpuSetup setup = large_setup(30'000'000);
  setup.sequences.resize(2);
  setup.gate.resize(2);
  setup.full_heads.resize(64);
  auto const want = expected_tiles(setup);
  setup.tile_capacity = setup.rows() + 5000;
  setup.kv_blocks = 3000;

  auto const result = run_plan_gpu(setup, 3);

  ASSERT_TRUE(same_tiles(result, want));
  EXPECT_EQ(result.tiles.back().seq, 0xffff);  // untouched
}

TEST_F(PlanGpu, TheProbeChangesNoByteAndSeesTheWarps) {
  PlanGpuSetup setup;
  setup.sequences = {{20'000, 20'000}};
  setup.probe = kernels::ProbeLevel::l0;

  auto const result = run_plan_gpu(setup);

  EXPECT_TRUE(same_tiles(result, expected_tiles(setup)));
  // 8 heads of 157 rows: three chunks of 16 warps.
  for (std::size_t i = 0; i < 48; ++i) {
    EXPECT_LT(result.warps[i].in_clock_cyc, result.warps[i].out_clock_cyc);
  }
}

TEST_F(PlanGpu, UsesNoLocalMemory) {
  for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
    EXPECT_EQ(kernels::plan_gpu_facts(8, 8, 1024, {.probe = level}).local_bytes, 0);
  }
}

}  // namespace
}  // namespace fluxscope::testing
