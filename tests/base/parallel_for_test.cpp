#include "base/parallel_for.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "base/error.hpp"

namespace fluxscope {
namespace {

TEST(ParallelFor, EveryIndexRunsOnce) {
  std::vector<std::atomic<int>> runs(1000);

  parallel_for(runs.size(), [&](std::size_t i) { ++runs[i]; });

  for (auto const& count : runs) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, ALimitOfOneThreadIsKept) {
  std::set<std::thread::id> threads;
  {
    ThreadLimit const limit(1);
    parallel_for(1000, [&](std::size_t) { threads.insert(std::this_thread::get_id()); });
  }

  EXPECT_EQ(threads, std::set<std::thread::id>{std::this_thread::get_id()});
  EXPECT_THROW(ThreadLimit{0}, ContractError);
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
