#include "sim/sm/launch_times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/schedule/list_schedule.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/work_lists.hpp"

namespace fluxscope::sim {
namespace {

using plan::Scheduler;
using testing::model;
using testing::random_blocks;
using testing::work_list;

std::int64_t makespan(plan::WorkList const& list, LaunchModel const& device) {
  return simulate_launch(list, device, Detail::makespan).makespan_ps;
}

TEST(LaunchTimes, AnEmptyLaunchTakesNoTime) {
  EXPECT_EQ(makespan(work_list({}), model(4, 1, {.block_ns = 1})), 0);
}

TEST(LaunchTimes, EqualTilesTakeWholeWaves) {
  // 3 SMs x 2 CTAs = 6 slots, 20 tiles: 4 waves of 5 + 2 + 4 x 10 ns each; start before each CTA.
  LaunchModel const device = model(3, 2, {.cta_start_ns = 5, .tile_ns = 2, .block_ns = 10});

  auto const time = makespan(work_list(std::vector<std::int32_t>(20, 4)), device);

  EXPECT_EQ(time, 4 * (5 + 2 + 40) * 1000);
}

TEST(LaunchTimes, OneTileMoreThanAWaveTakesAnotherWave) {
  LaunchModel const device = model(132, 1, {.block_ns = 100});

  auto const whole = makespan(work_list(std::vector<std::int32_t>(132 * 3, 7)), device);
  auto const more = makespan(work_list(std::vector<std::int32_t>(132 * 3 + 1, 7)), device);

  EXPECT_EQ(whole, 3 * 700'000);
  EXPECT_EQ(more, 4 * 700'000);
}

TEST(LaunchTimes, EveryMethodAgreesWhereTilesAreEqual) {
  KernelCost const cost{.cta_dispatch_ns = 3, .cta_start_ns = 50, .tile_ns = 20, .block_ns = 10};
  for (std::size_t const tiles : {1, 5, 6, 7, 12, 13, 100}) {
    auto const list = work_list(std::vector<std::int32_t>(tiles, 9));
    LaunchModel const device = model(3, 2, cost);
    ASSERT_EQ(choose_method(list, device), Method::equal_tiles);

    auto const closed = simulate_launch_by(Method::equal_tiles, list, device, Detail::spans);
    auto const listed = simulate_launch_by(Method::list, list, device, Detail::spans);
    auto const shared = simulate_launch_by(Method::shared_rates, list, device, Detail::spans);

    EXPECT_EQ(closed.makespan_ps, listed.makespan_ps) << tiles;
    EXPECT_EQ(closed.makespan_ps, shared.makespan_ps) << tiles;
    for (std::size_t i = 0; i < tiles; ++i) {
      EXPECT_EQ(closed.tiles[i].end_ps, listed.tiles[i].end_ps) << tiles << ", tile " << i;
      EXPECT_EQ(closed.ctas[i].slot, listed.ctas[i].slot) << tiles << ", CTA " << i;
    }
    EXPECT_EQ(closed.makespan_ps,
              simulate_launch_by(Method::equal_tiles, list, device, Detail::makespan).makespan_ps);
  }
}

TEST(LaunchTimes, WithoutSharingItIsTheListScheduleOfBase) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto const blocks = random_blocks(seed, 40 + seed, 30);
    std::vector<std::int64_t> durations;
    for (std::int32_t const count : blocks) durations.push_back(1000 * (7 + 10 * count));

    auto const times = simulate_launch(work_list(blocks),
                                       model(5, 2, {.tile_ns = 7, .block_ns = 10}), Detail::spans);
    auto const want = list_schedule(durations, 10);

    ASSERT_EQ(times.makespan_ps, want.makespan);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      EXPECT_EQ(times.tiles[i].begin_ps, want.jobs[i].begin) << "seed " << seed << " tile " << i;
      EXPECT_EQ(times.ctas[i].slot, want.jobs[i].slot) << "seed " << seed << " tile " << i;
    }
  }
}

TEST(LaunchTimes, PersistentCtasTakeTilesAsTheyBecomeFree) {
  // Two CTAs, 100 ns to start each, tiles of 40, 10, 10, 10 ns: CTA 0 does the first, CTA 1 the
  // three others. A CTA per tile pays 100 ns before each: CTA 3 follows CTA 0, 140 + 110.
  auto const list = work_list({4, 1, 1, 1}, Scheduler::persistent, 2);
  LaunchModel const device = model(2, 1, {.cta_start_ns = 100, .block_ns = 10});

  auto const times = simulate_launch(list, device, Detail::spans);

  EXPECT_EQ(times.makespan_ps, 140'000);
  EXPECT_EQ(times.tiles[3].cta, 1u);
  EXPECT_EQ(times.tiles[3].end_ps, 130'000);
  EXPECT_EQ(times.ctas[1].in_ps, 100'000);
  EXPECT_EQ(times.ctas[1].out_ps, 130'000);
  EXPECT_EQ(makespan(work_list({4, 1, 1, 1}), device), 250'000);
}

TEST(LaunchTimes, BalancedSplitCtasRunTheirOwnShare) {
  plan::WorkList list = work_list({5, 1, 2, 9}, Scheduler::balanced_split, 2);
  list.cta_begin = {0, 3, 4};

  auto const times = simulate_launch(list, model(2, 1, {.block_ns = 10}), Detail::spans);

  EXPECT_EQ(times.makespan_ps, 90'000);
  EXPECT_EQ(times.tiles[2].cta, 0u);
  EXPECT_EQ(times.tiles[2].end_ps, 80'000);
  EXPECT_EQ(times.tiles[3].begin_ps, 0);
}

TEST(LaunchTimes, SplitTilesPayForTheirPartialResult) {
  plan::WorkList list = work_list({3});
  list.tiles[0].num_splits = 2;

  EXPECT_EQ(makespan(list, model(1, 1, {.tile_ns = 5, .split_ns = 4, .block_ns = 10})), 39'000);
}

TEST(LaunchTimes, GrahamsBoundsHold) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto const blocks = random_blocks(seed, 1 + seed * 3, 100);
    std::int64_t const sum = std::accumulate(blocks.begin(), blocks.end(), std::int64_t{0});
    std::int64_t const longest = *std::max_element(blocks.begin(), blocks.end());
    for (Scheduler const scheduler : {Scheduler::natural, Scheduler::persistent}) {
      auto const time = makespan(work_list(blocks, scheduler, 8), model(4, 2, {.block_ns = 1}));

      EXPECT_GE(time * 8, sum * 1000) << seed;
      EXPECT_GE(time, longest * 1000) << seed;
      EXPECT_LE(time * 8, (sum + 8 * longest) * 1000) << seed;
    }
  }
}

/// Best makespan over all assignments of jobs to `slots`, by trying them.
std::int64_t optimum(std::vector<std::int32_t> const& jobs, std::size_t at,
                     std::vector<std::int64_t>& loads) {
  if (at == jobs.size()) return *std::max_element(loads.begin(), loads.end());
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t& load : loads) {
    load += jobs[at];
    best = std::min(best, optimum(jobs, at + 1, loads));
    load -= jobs[at];
  }
  return best;
}

TEST(LaunchTimes, LongestFirstIsWithinFourThirdsOfTheOptimum) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto blocks = random_blocks(seed, 8, 20);
    std::sort(blocks.rbegin(), blocks.rend());
    std::vector<std::int64_t> loads(3, 0);
    std::int64_t const best = optimum(blocks, 0, loads) * 1000;

    auto const time =
        makespan(work_list(blocks, Scheduler::longest_first), model(3, 1, {.block_ns = 1}));

    EXPECT_GE(time, best) << seed;
    EXPECT_LE(3 * time, 4 * best) << seed;
  }
}

TEST(LaunchTimes, DoublingEveryTileNeverShortensALaunch) {
  // Growing one tile can shorten a list schedule (Graham's anomaly); growing all alike cannot.
  for (plan::OpLimit const limit : {plan::OpLimit::sm_compute, plan::OpLimit::device_memory}) {
    auto blocks = random_blocks(3, 60, 20);
    LaunchModel const device = model(4, 2, {.block_ns = 10, .shared_block_ns = 8}, limit);
    std::int64_t before = 0;
    for (int step = 0; step < 8; ++step) {
      auto const time = makespan(work_list(blocks), device);

      EXPECT_GT(time, before) << step;
      before = time;
      for (std::int32_t& count : blocks) count = 2 * count + 1;
    }
  }
}

TEST(LaunchTimes, MoreWorkAfterTheLastTileNeverShortensALaunch) {
  auto blocks = random_blocks(4, 40, 20);
  LaunchModel const device = model(4, 2, {.tile_ns = 3, .block_ns = 10});
  std::int64_t before = makespan(work_list(blocks), device);
  for (int step = 0; step < 20; ++step) {
    blocks.push_back(step);

    auto const time = makespan(work_list(blocks), device);

    EXPECT_GE(time, before) << step;
    before = time;
  }
}

TEST(LaunchTimes, ALaunchOfManyMinutesIsNotCutShort) {
  // 3 slots, 2100 tiles of one block at a second each: 700 waves. 2^49 ps, 563 s, was the end of
  // time once.
  LaunchModel const device = model(3, 1, {.block_ns = 1e9});
  auto const list = work_list(std::vector<std::int32_t>(2100, 1));
  for (Method const method : {Method::equal_tiles, Method::list, Method::shared_rates}) {
    for (Detail const detail : {Detail::makespan, Detail::spans}) {
      EXPECT_EQ(simulate_launch_by(method, list, device, detail).makespan_ps,
                std::int64_t{700} * 1'000'000'000'000);
    }
  }
}

TEST(LaunchTimes, CtasThatShareAnSmMayTakeManyMinutesToo) {
  // 2 CTAs share an SM whose block takes a second: 1000 blocks take 1000 s.
  LaunchModel const device = model(1, 2, {.block_ns = 1e9, .shared_block_ns = 1e9});

  auto const times = simulate_launch(work_list({500, 500}), device, Detail::spans);

  EXPECT_EQ(times.makespan_ps, std::int64_t{1000} * 1'000'000'000'000);
}

TEST(LaunchTimes, ADeviceMayHaveMoreThan8192Slots) {
  // 1024 SMs x 16 CTAs: 16384 tiles are one wave.
  LaunchModel const device = model(1024, 16, {.block_ns = 10});
  auto const list = work_list(std::vector<std::int32_t>(16384, 3));

  EXPECT_EQ(simulate_launch_by(Method::list, list, device, Detail::makespan).makespan_ps, 30'000);
}

TEST(LaunchTimes, WhatPicosecondsCannotCountIsRefused) {
  // 65536 blocks of a second are 6.6e16 ps; 100 tiles of them on one slot are above 2^62 = 4.6e18.
  auto const list = work_list(std::vector<std::int32_t>(100, 65536), Scheduler::persistent, 1);

  EXPECT_THAT(
      fluxscope::testing::refusal([&] { (void)makespan(list, model(1, 1, {.block_ns = 1e9})); }),
      ::testing::HasSubstr("53 days"));
  // On 100 slots they run side by side.
  auto const wide = work_list(std::vector<std::int32_t>(100, 65536));
  EXPECT_EQ(makespan(wide, model(100, 1, {.block_ns = 1e9})), 65536 * 1'000'000'000'000);
}

TEST(LaunchTimes, RefusesNegativeAndNotANumberCosts) {
  auto const list = work_list({1});

  EXPECT_THROW((void)makespan(list, model(1, 1, {.block_ns = -1})), ContractError);
  EXPECT_THROW(
      (void)makespan(list, model(1, 1, {.tile_ns = std::numeric_limits<double>::quiet_NaN()})),
      ContractError);
  EXPECT_THROW((void)makespan(list, model(0, 1, {})), ContractError);
}

}  // namespace
}  // namespace fluxscope::sim
