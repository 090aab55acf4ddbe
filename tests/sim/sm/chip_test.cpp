#include "sim/sm/chip.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/close.hpp"
#include "tests/sim/work_lists.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using testing::model;
using testing::random_blocks;
using testing::work_list;

/// The H200 of docs/measurements/placement.md; each part is named by a group of its own, so that
/// groups say where a CTA lies.
Chip numbered_h200() {
  return {.first = {{8, 8}},
          .parts = {{8, 0}, {16, 1}, {16, 2}, {16, 3}, {16, 4}, {16, 5}, {18, 6}, {18, 7}}};
}

std::vector<int> count_by_part(std::vector<std::int32_t> const& groups) {
  std::vector<int> counts(9, 0);
  for (std::int32_t const group : groups) ++counts[static_cast<std::size_t>(group)];
  return counts;
}

TEST(Chip, AFullLaunchFillsPartAfterPartFromItsBeginning) {
  auto const groups = groups_of_ctas(numbered_h200(), 2, 132);

  EXPECT_EQ(groups[0], 8);
  EXPECT_EQ(groups[8], 2);
  EXPECT_EQ(groups[24], 3);
  EXPECT_EQ(groups[131], 1);
  EXPECT_EQ(count_by_part(groups), (std::vector{8, 16, 16, 16, 16, 16, 18, 18, 8}));
}

TEST(Chip, ASmallLaunchIsDealtOutOneTpcOfEachPartAtATime) {
  // As seen with grids of 32 and 70 CTAs: 8 first, then three of each part; and at 70 every TPC has
  // one CTA (4, 8, 8, 8, 8, 8, 9 and 9 TPCs).
  EXPECT_EQ(count_by_part(groups_of_ctas(numbered_h200(), 2, 32)),
            (std::vector{3, 3, 3, 3, 3, 3, 3, 3, 8}));
  EXPECT_EQ(count_by_part(groups_of_ctas(numbered_h200(), 2, 70)),
            (std::vector{4, 8, 8, 8, 8, 8, 9, 9, 8}));
  EXPECT_EQ(count_by_part(groups_of_ctas(numbered_h200(), 0, 5)),
            (std::vector{0, 0, 0, 0, 0, 0, 0, 0, 5}));
}

TEST(Chip, OfWhichNothingIsKnownHasOneGroup) {
  EXPECT_EQ(Chip{}.memory_groups(), 1);
  EXPECT_FALSE(Chip{}.known());
  EXPECT_EQ(numbered_h200().sms(), 132);
}

/// Two paths of 2 SMs each, filled one after the other.
LaunchModel two_paths(KernelCost cost, std::int32_t start = 0) {
  LaunchModel device = model(4, 1, cost, plan::OpLimit::device_memory);
  device.chip = {.parts = {{2, 0}, {2, 1}}};
  device.start = start;
  return device;
}

TEST(NestedRates, CtasOfOnePathSlowEachOtherAndNotThoseOfTheOther) {
  // Alone 10 ns a block; a path moves a block in 8 ns: two CTAs of it take 16 ns a block each. The
  // long tiles lie on path 0: 10 blocks at 16 ns. The short ones, on path 1, 4 blocks at 16 ns.
  auto const times = simulate_launch(
      work_list({10, 10, 4, 4}), two_paths({.block_ns = 10, .group_block_ns = 8}), Detail::spans);

  EXPECT_EQ(times.tiles[0].end_ps, 160'000);
  EXPECT_EQ(times.tiles[2].end_ps, 64'000);
}

TEST(NestedRates, TheSameTilesAreQuickerWhereTheLongOnesHaveAPathEach) {
  // 10 and 4 blocks on each path: together 16 ns a block until the short one ends at 64 ns, then 6
  // blocks alone at 10 ns.
  auto const times = simulate_launch(
      work_list({10, 4, 10, 4}), two_paths({.block_ns = 10, .group_block_ns = 8}), Detail::spans);

  EXPECT_EQ(times.tiles[0].end_ps, 124'000);
  EXPECT_EQ(times.makespan_ps, 124'000);
}

TEST(NestedRates, TheMemoryBehindThePathsHoldsAll) {
  // Paths are never the bound: four CTAs at 4 x 5 = 20 ns a block.
  auto const times = simulate_launch(
      work_list({6, 6, 6, 6}),
      two_paths({.block_ns = 10, .shared_block_ns = 5, .group_block_ns = 1}), Detail::makespan);

  EXPECT_EQ(times.makespan_ps, 120'000);
}

TEST(NestedRates, NearTwoBoundsTheRateBends) {
  // Two CTAs share: 10 alone and 2 x 5 = 10 shared, power 2: 10 x sqrt(2) = 14.142 ns a block.
  auto device = model(2, 1, {.block_ns = 10, .shared_block_ns = 5, .saturation_power = 2},
                      plan::OpLimit::device_memory);

  auto const time = simulate_launch(work_list({100, 100}), device, Detail::makespan).makespan_ps;

  EXPECT_TRUE(close(static_cast<double>(time), 1'414'214, {.relative = 1e-6}));
}

TEST(NestedRates, WithOnePathAndNoBendAreThePlainSharedRates) {
  KernelCost cost{
      .cta_dispatch_ns = 1, .cta_start_ns = 3, .tile_ns = 7, .block_ns = 20, .shared_block_ns = 3};
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    auto const list = work_list(random_blocks(seed, 80, 30));
    auto const plain = model(8, 2, cost, plan::OpLimit::device_memory);
    LaunchModel nested = plain;
    nested.cost.group_block_ns = 1e-6;  // a path that never is the bound

    auto const want = simulate_launch(list, plain, Detail::makespan).makespan_ps;
    auto const got = simulate_launch(list, nested, Detail::makespan).makespan_ps;

    // 24 bits of a time per block, and a picosecond per event.
    EXPECT_TRUE(close(static_cast<double>(got), static_cast<double>(want),
                      {.absolute = 200, .relative = 1e-6}))
        << seed;
  }
}

TEST(NestedRates, AgreeWithSmallTimeSteps) {
  // The second method: CTA i runs tile i on SM i; each step every unfinished tile moves at the rate
  // of its path and of the device.
  KernelCost const cost{
      .block_ns = 30, .shared_block_ns = 9, .group_block_ns = 14, .saturation_power = 3};
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    auto blocks = random_blocks(seed, 4, 20);
    auto const time =
        simulate_launch(work_list(blocks), two_paths(cost), Detail::makespan).makespan_ps;
    std::vector<double> left(blocks.begin(), blocks.end());
    double now = 0;
    constexpr double kStepNs = 0.01;
    for (bool busy = true; busy; now += kStepNs) {
      std::uint32_t in_group[2] = {0, 0};
      for (std::size_t i = 0; i < 4; ++i) in_group[i / 2] += left[i] > 0 ? 1 : 0;
      busy = in_group[0] + in_group[1] > 0;
      for (std::size_t i = 0; i < 4; ++i) {
        if (left[i] <= 0) continue;
        left[i] -= kStepNs / block_time_ns(cost, in_group[i / 2], in_group[0] + in_group[1]);
      }
    }
    EXPECT_TRUE(close(static_cast<double>(time) / 1e3, now, {.absolute = 0.1, .relative = 1e-3}))
        << seed;
  }
}

}  // namespace
}  // namespace fluxscope::sim
