#include "profiler/device/random_fill.hpp"

#include <gtest/gtest.h>

#include "tests/close.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::size_t kCount = 1'000'001;  // the last pair is half

std::vector<__nv_bfloat16> filled(std::uint64_t seed, Normal const& normal) {
  testing::DeviceArray<__nv_bfloat16> const data(kCount);
  fill_random_normal(data.get(), kCount, seed, nullptr, normal);
  return data.download();
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments_of(std::vector<__nv_bfloat16> const& values) {
  Moments moments;
  for (auto const x : values) moments.mean += double{__bfloat162float(x)} / kCount;
  for (auto const x : values) {
    double const off = double{__bfloat162float(x)} - moments.mean;
    moments.variance += off * off / kCount;
  }
  return moments;
}

// Of a million numbers the mean is off by sigma / 1,000 and the variance by a part of 700: five
// times that is allowed.
TEST(RandomFill, HasTheMeanAndTheSigmaThatWereAskedFor) {
  if (!testing::have_gpu()) GTEST_SKIP() << "no CUDA device";
  for (Normal const normal : {Normal{}, Normal{.sigma = 0.015625f}, Normal{1, 0.1f}}) {
    Moments const got = moments_of(filled(7, normal));
    double const sigma = double{normal.sigma};
    EXPECT_TRUE(testing::close(got.mean, double{normal.mean}, {.absolute = 0.005 * sigma}));
    EXPECT_TRUE(testing::close(got.variance, sigma * sigma, {.relative = 0.007}));
  }
}

TEST(RandomFill, ASeedGivesItsNumbersAgainAndAnotherGivesOthers) {
  if (!testing::have_gpu()) GTEST_SKIP() << "no CUDA device";
  auto const equal = [](auto const& a, auto const& b) {
    std::size_t same = 0;
    for (std::size_t i = 0; i < kCount; ++i) {
      same += __bfloat162float(a[i]) == __bfloat162float(b[i]) ? 1 : 0;
    }
    return same;
  };
  auto const first = filled(7, {});
  EXPECT_EQ(equal(first, filled(7, {})), kCount);
  EXPECT_LT(equal(first, filled(8, {})), kCount / 50);
}

}  // namespace
}  // namespace fluxscope::profiler
