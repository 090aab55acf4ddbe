#include "profiler/run/losses.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fluxscope::profiler {
namespace {

TEST(LossRecords, EveryCounterIsARowEvenAtZero) {
  std::set<std::string> names;

  for (traces::LossRecord const& loss : loss_records({})) {
    EXPECT_EQ(loss.count, 0) << loss.name;
    EXPECT_NE(loss.meaning, "") << loss.name;
    EXPECT_TRUE(names.insert(loss.name).second) << loss.name << " twice";
  }
  // One row per member of RunLosses and ActivityLosses.
  EXPECT_EQ(names.size() * sizeof(std::int64_t), sizeof(RunLosses));
}

TEST(LossRecords, CountsReachTheRowOfTheirName) {
  RunLosses losses{.probe_records_dropped = 7};
  losses.activity.dropped_records = 9;

  for (traces::LossRecord const& loss : loss_records(losses)) {
    std::int64_t const want = loss.name == "probe_records_dropped"   ? 7
                              : loss.name == "cupti_records_dropped" ? 9
                                                                     : 0;
    EXPECT_EQ(loss.count, want) << loss.name;
  }
}

}  // namespace
}  // namespace fluxscope::profiler
