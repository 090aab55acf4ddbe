#include <gtest/gtest.h>

#include <set>

#include "base/cuda/capability.hpp"
#include "base/cuda/stream.hpp"
#include "profiler/machine/chip_map.hpp"
#include "tests/profiler/gpu_fixture.hpp"

namespace fluxscope::profiler {
namespace {

class ChipMapGpu : public GpuTest {};

TEST_F(ChipMapGpu, OfThisGpuNamesEverySmOnceAndIsTheSameTwice) {
  Stream const stream;
  ChipMap const map = measure_chip_map(cuda::sm_count(), stream.get());

  std::set<std::uint32_t> ranks;
  for (auto const& place : map.sms) ranks.insert(place.fill_rank);
  EXPECT_EQ(static_cast<int>(ranks.size()), cuda::sm_count());
  if (cuda::compute_capability().major < 9) {
    EXPECT_FALSE(map.reason.empty());
    return;
  }
  ChipMap const again = measure_chip_map(cuda::sm_count(), stream.get());
  for (std::size_t i = 0; i < map.sms.size(); ++i) {
    EXPECT_EQ(map.sms[i].memory_group, again.sms[i].memory_group) << "SM " << i;
    EXPECT_NE(map.sms[i].gpc, traces::kNoRow);
  }
}

}  // namespace
}  // namespace fluxscope::profiler
