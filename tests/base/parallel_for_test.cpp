#include "base/parallel_for.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/error.hpp"

namespace fluxscope {
namespace {

TEST(ParallelFor, EveryIndexRunsOnce) {
  std::vector<std::atomic<int>> runs(1000);

  parallel_for(runs.size(), [&](std::size_t i) { ++runs[i]; });

  for (auto const& count : runs) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, AnExceptionComesOut) {
  EXPECT_THROW(parallel_for(100,
                            [](std::size_t i) {
                              if (i == 57) throw InputError("57");
                            }),
               InputError);
}

}  // namespace
}  // namespace fluxscope
