#include "sim/device/layer_times.hpp"

#include <gtest/gtest.h>

#include "tests/sim/profiles.hpp"
#include "tests/sim/work_lists.hpp"

namespace fluxscope::sim {
namespace {

/// Decode on 4 SMs of two paths: 10 ns a block alone, 8 ns a block and path.
DeviceProfile two_path_gpu() {
  DeviceProfile profile;
  profile.spec.sm_count = 4;
  profile.chip = {.parts = {{1, 0}, {1, 0}, {1, 1}, {1, 1}}};
  profile.add({.name = "decode_split",
               .op = plan::LaunchOp::decode,
               .cost = {.block_ns = 10, .group_block_ns = 8}});
  return profile;
}

plan::LayerWork decode_of(std::vector<std::int32_t> const& blocks) {
  plan::LayerWork work;
  work.launches.push_back(testing::work_list(blocks));
  work.launches[0].op = plan::LaunchOp::decode;
  return work;
}

TEST(LayerTimes, WhereTheGpuMayBeginAnywhereTheMeanOfAllBeginningsIsTold) {
  // Two long tiles first. From parts 0 and 2 they share a path: 10 blocks at 16 ns. From 1 and 3
  // they have one each beside a short tile: 4 blocks at 16 ns, 6 at 10 ns.
  auto const times =
      simulate_layer(decode_of({10, 10, 4, 4}), two_path_gpu(), 128, Detail::makespan);

  EXPECT_EQ(times.shortest_ps, 124'000);
  EXPECT_EQ(times.longest_ps, 160'000);
  EXPECT_EQ(times.time_ps, 142'000);
}

TEST(LayerTimes, TilesInTurnTakeTheSameTimeFromEveryBeginning) {
  auto const times =
      simulate_layer(decode_of({10, 4, 10, 4}), two_path_gpu(), 128, Detail::makespan);

  EXPECT_EQ(times.shortest_ps, times.longest_ps);
}

TEST(LayerTimes, AChipWithoutPathsHasOneBeginning) {
  DeviceProfile profile = two_path_gpu();
  profile.chip = {};

  EXPECT_EQ(beginnings(decode_of({10, 10, 4, 4}), profile, 128), 1);
  EXPECT_EQ(beginnings(decode_of({10, 10, 4, 4}), two_path_gpu(), 128), 4);
  EXPECT_EQ(beginnings(decode_of({10, 10, 10, 10}), two_path_gpu(), 128), 1);
}

}  // namespace
}  // namespace fluxscope::sim
