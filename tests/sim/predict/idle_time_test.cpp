#include "sim/predict/idle_time.hpp"

#include <gtest/gtest.h>

#include "tests/close.hpp"
#include "tests/sim/work_lists.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using testing::model;
using testing::random_blocks;
using testing::work_list;

// Sums of a few doubles.
constexpr fluxscope::testing::Tolerance kRounding{.relative = 1e-12};

/// Four SMs, tiles of 5 and 3 blocks of 10 ns, no fixed times: SM 0 ends at 50, SM 1 at 30 and two
/// run nothing. Tails 0 + 20 + 50 + 50 of 4 x 50.
TEST(IdleTime, AreasAreThoseOfEverySmOfTheDevice) {
  auto const list = work_list({5, 3});
  auto const device = model(4, 1, {.block_ns = 10});
  auto const area = idle_area(simulate_launch(list, device, Detail::exits), device);
  EXPECT_EQ(area.tail_ns, 120);
  EXPECT_EQ(area.total_ns, 200);
}

/// Two whole waves of equal tiles: (5 start + 7 fixed + 3 x 10) x 2.
TEST(IdleTime, WholeWavesOfEqualTilesAreLevel) {
  auto const list = work_list(std::vector<std::int32_t>(8, 3));
  auto const device = model(4, 1, {.cta_start_ns = 5, .tile_ns = 7, .block_ns = 10});
  EXPECT_TRUE(close(level_end_ps(list, device), 84e3, kRounding));
  EXPECT_EQ(simulate_launch(list, device, Detail::exits).makespan_ps, 84000);
}

/// One tile of 8 blocks on four SMs, 2 blocks each were it level: 80 - 20 ns.
TEST(IdleTime, ALoneTileCouldBeSpread) {
  auto const list = work_list({8});
  EXPECT_TRUE(close(level_end_ps(list, model(4, 1, {.block_ns = 10})), 20e3, kRounding));
}

/// Four CTAs that alone saturate the memory: 4 x 6 blocks of 10 ns, level or not.
TEST(IdleTime, WhatIsSharedIsNotLost) {
  auto const list = work_list({12, 12});
  auto const device =
      model(4, 1, {.block_ns = 20, .shared_block_ns = 10}, plan::OpLimit::device_memory);
  auto const times = simulate_launch(list, device, Detail::exits);
  EXPECT_EQ(times.makespan_ps, 240000);
  EXPECT_TRUE(close(level_end_ps(list, device), 240e3, kRounding));
  EXPECT_EQ(idle_area(times, device).tail_ns, 480);
}

/// Without a ramp: with one, work that begins late may still end before the mean.
TEST(IdleTime, NoScheduleEndsBeforeTheLevelOne) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    auto const limit = seed % 2 == 0 ? plan::OpLimit::sm_compute : plan::OpLimit::device_memory;
    auto const device = model(5, 1 + static_cast<std::int32_t>(seed % 3),
                              {.cta_start_ns = 3,
                               .tile_ns = 9,
                               .block_ns = 8,
                               .shared_block_ns = seed % 2 == 0 ? 5.0 : 1.0},
                              limit);
    auto const list = work_list(random_blocks(seed, 1 + seed % 60, 40));
    auto const times = simulate_launch(list, device, Detail::exits);
    EXPECT_GE(static_cast<double>(times.makespan_ps) + 1e3, level_end_ps(list, device)) << seed;
  }
}

}  // namespace
}  // namespace fluxscope::sim
