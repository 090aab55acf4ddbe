#include "analysis/measure/cycle_counters.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace fluxscope::analysis {
namespace {

using traces::CounterRecord;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// The first row with these numbers and this name; NaN where there is none.
double first_value(std::vector<CounterRecord> const& rows, std::uint32_t case_id,
                   std::uint32_t index, std::string const& name) {
  for (auto const& row : rows) {
    if (row.case_id == case_id && row.launch_index == index && row.name == name) return row.value;
  }
  return kNan;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void expect_like_a_search(CycleCounters const& counters, std::vector<CounterRecord> const& rows,
                          std::uint32_t case_id, std::uint32_t index) {
  auto const want = [&](char const* name) { return first_value(rows, case_id, index, name); };
  auto const got = counters.of(case_id, index);
  ASSERT_EQ(got.has_value(), !std::isnan(want("sm__cycles_active.avg")));
  if (!got) return;
  EXPECT_TRUE(same(got->min_cyc, want("sm__cycles_active.min")));
  EXPECT_TRUE(same(got->avg_cyc, want("sm__cycles_active.avg")));
  EXPECT_TRUE(same(got->max_cyc, want("sm__cycles_active.max")));
  double const average = want("sm__cycles_elapsed.avg");
  EXPECT_TRUE(
      same(got->elapsed_cyc, std::isnan(average) ? want("sm__cycles_elapsed.max") : average));
}

TEST(CycleCounters, AreWhatASearchThroughAllRowsFinds) {
  std::vector<std::string> const names = {"sm__cycles_active.min",  "sm__cycles_active.avg",
                                          "sm__cycles_active.max",  "sm__cycles_elapsed.avg",
                                          "sm__cycles_elapsed.max", "dram__bytes.sum"};
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    auto const below = [&](std::uint32_t count) {
      return std::uniform_int_distribution<std::uint32_t>(0, count - 1)(random);
    };
    std::vector<CounterRecord> rows(40);
    for (auto& row : rows) {
      row = {.case_id = below(3), .launch_index = below(2), .name = names[below(6)]};
      row.value = below(5) == 0 ? kNan : below(1000);
    }
    CycleCounters const counters(rows);
    for (std::uint32_t number = 0; number < 8; ++number) {
      expect_like_a_search(counters, rows, number / 2, number % 2);
    }
  }
}

}  // namespace
}  // namespace fluxscope::analysis
