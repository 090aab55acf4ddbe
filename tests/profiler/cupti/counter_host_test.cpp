#include "profiler/cupti/counter_host.hpp"

#include <gtest/gtest.h>

#include "profiler/cupti/library.hpp"

namespace fluxscope::profiler {
namespace {

class CounterHostTest : public ::testing::TestWithParam<char const*> {
 protected:
  void SetUp() override {
    library_ = find_cupti(system_libraries());
    if (!library_.table.has_value()) GTEST_SKIP() << library_.reason;
  }
  CuptiLibrary library_;
};

TEST_P(CounterHostTest, TheWholeSetFitsOnePass) {
  CounterHost const host(*library_.table, GetParam(), {}, counter_list());

  EXPECT_EQ(host.passes(), 1u);
  EXPECT_EQ(host.names().size(), counter_list().size());
}

TEST_P(CounterHostTest, EveryCounterIsKnownToTheChip) {
  for (CounterInfo const& counter : counter_list()) {
    EXPECT_NO_THROW(CounterHost(*library_.table, GetParam(), {}, {&counter, 1})) << counter.name;
  }
}

TEST_P(CounterHostTest, AnUnknownCounterIsRefused) {
  CounterInfo const wrong{"smsp__average_warps_issue_stalled_barrier", "1", "no such counter"};

  EXPECT_THROW(CounterHost(*library_.table, GetParam(), {}, {&wrong, 1}), CuptiError);
}

INSTANTIATE_TEST_SUITE_P(Chips, CounterHostTest, ::testing::Values("GA100", "GH100"));

TEST(CounterHostChips, AnUnknownChipIsRefused) {
  CuptiLibrary const library = find_cupti(system_libraries());
  if (!library.table.has_value()) GTEST_SKIP() << library.reason;

  EXPECT_THROW(CounterHost(*library.table, "GX999", {}, counter_list()), CuptiError);
}

TEST(CounterList, EveryRowHasAUnitAndASentence) {
  for (CounterInfo const& counter : counter_list()) {
    EXPECT_STRNE(counter.unit, "") << counter.name;
    EXPECT_STRNE(counter.meaning, "") << counter.name;
  }
}

}  // namespace
}  // namespace fluxscope::profiler
