#include "runs/losses.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fluxscope::runs {
namespace {

TEST(Losses, EveryCounterIsARowEvenAtZero) {
  std::set<std::string> names;

  for (traces::LossRecord const& loss : Losses().records()) {
    EXPECT_EQ(loss.count, 0) << loss.name;
    EXPECT_NE(loss.meaning, "") << loss.name;
    EXPECT_TRUE(names.insert(loss.name).second) << loss.name << " twice";
  }
  // api_calls_not_kept is the last of the enumeration.
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Loss::api_calls_not_kept) + 1);
}

TEST(Losses, TheTableStandsInTheOrderOfTheEnumeration) {
  for (std::size_t i = 0; i < loss_table().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(loss_table()[i].loss), i) << loss_table()[i].name;
  }
}

TEST(Losses, CountsReachTheRowOfTheirName) {
  Losses losses;
  losses.add(Loss::probe_records_dropped, 7);
  losses.add(Loss::cupti_records_dropped);
  Losses more;
  more.add(Loss::cupti_records_dropped, 8);

  losses.add(more);

  for (traces::LossRecord const& loss : losses.records()) {
    std::int64_t const want = loss.name == "probe_records_dropped"   ? 7
                              : loss.name == "cupti_records_dropped" ? 9
                                                                     : 0;
    EXPECT_EQ(loss.count, want) << loss.name;
  }
}

TEST(Losses, ASimulatedRunHasTheKeepRulesRowsOnly) {
  auto const rows = Losses().records(true);

  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "cta_rows_aggregated");
  EXPECT_EQ(rows[1].name, "work_rows_aggregated");
}

}  // namespace
}  // namespace fluxscope::runs
