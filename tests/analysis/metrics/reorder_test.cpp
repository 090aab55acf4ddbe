#include "analysis/metrics/reorder.hpp"

#include <gtest/gtest.h>

#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

ReorderBound bound_of(traces::Trace const& trace) {
  return reorder_bound(measure_cases(trace)[0].attention);
}

TEST(Reorder, LongestFirstSavesWhatTheLongLastItemCost) {
  // 2 SMs, order 10 10 20: 10+20 = 30. Longest first: 20 | 10+10 = 20.
  auto const bound = bound_of(testing::single_launch_trace({10, 10, 20}, 2));

  EXPECT_TRUE(close(bound.longest_first_ratio.value(), 20.0 / 30, {1e-12, 0}));
  EXPECT_TRUE(close(bound.lower_bound_ratio.value(), 20.0 / 30, {1e-12, 0}));
  EXPECT_EQ(bound.note, "");
}

TEST(Reorder, NeverBelowTheBoundOfAnyOrder) {
  auto const trace = testing::prefill_trace({});
  for (auto const& measure : measure_cases(trace)) {
    auto const bound = reorder_bound(measure.attention);
    EXPECT_GE(bound.longest_first_ratio.value(), bound.lower_bound_ratio.value() - 1e-12);
  }
}

TEST(Reorder, GroupMeansAreSaidToBeMeans) {
  auto const bound = bound_of(testing::single_launch_trace({10, 10, 20}, 2, 0, false));

  EXPECT_TRUE(close(bound.longest_first_ratio.value(), 20.0 / 30, {1e-12, 0}));
  EXPECT_NE(bound.note.find("mean duration"), std::string::npos);
}

TEST(Reorder, NothingProbedGivesAReason) {
  auto const bound = reorder_bound({});

  EXPECT_FALSE(bound.longest_first_ratio.has_value());
  EXPECT_EQ(bound.note, "no probed launch");
}

}  // namespace
}  // namespace fluxscope::analysis
