#include "profiler/run/crosscheck.hpp"

#include <gtest/gtest.h>

namespace fluxscope::profiler {
namespace {

TEST(Crosschecks, OnlyQuantitiesWithBothSidesAreRows) {
  Crosschecks checks;
  checks.add_probe(0, 0, {.busy_mean_cyc = 100, .busy_max_cyc = 120, .span_ns = 50});
  checks.add_activity(0, 0, 51);
  checks.add_activity(1, 0, 70);

  auto const rows = checks.records();

  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].name, "cupti_span");
  EXPECT_EQ(rows[0].note, "") << "2 % apart";
}

TEST(Crosschecks, TheSameLaunchIsComparedAndALargeDifferenceIsExplained) {
  Crosschecks checks;
  checks.add_probe(3, 1, {.busy_mean_cyc = 100, .busy_max_cyc = 200, .span_ns = 50});
  traces::CounterRecord const counters[] = {
      {.case_id = 3, .launch_index = 1, .name = "sm__cycles_active.avg", .value = 104},
      {.case_id = 3, .launch_index = 1, .name = "sm__cycles_active.max", .value = 250},
      {.case_id = 3, .launch_index = 0, .name = "sm__cycles_active.avg", .value = 7}};
  checks.add_counters(counters);

  auto const rows = checks.records();

  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "sm_busy_mean");
  EXPECT_DOUBLE_EQ(rows[0].other_value, 104);
  EXPECT_EQ(rows[0].note, "");
  EXPECT_EQ(rows[1].name, "sm_busy_max");
  EXPECT_EQ(rows[1].note.substr(0, 8), "-20.0 %:");
}

}  // namespace
}  // namespace fluxscope::profiler
