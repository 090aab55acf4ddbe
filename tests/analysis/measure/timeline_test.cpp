#include "analysis/measure/timeline.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/analysis/synthetic_trace.hpp"

namespace fluxscope::analysis {
namespace {

LaunchTimeline timeline_of(traces::Trace const& trace, std::size_t max_bars) {
  return launch_timeline(TimelineRows(trace), measure_cases(trace)[0].attention.at(0), max_bars);
}

TEST(Timeline, EveryItemIsDrawnOnceWithItsTile) {
  auto const trace = testing::single_launch_trace({30, 10, 20, 40}, 2);

  auto const timeline = timeline_of(trace, 100);

  ASSERT_EQ(timeline.bars.size(), 4u);
  std::set<std::int32_t> blocks;
  for (auto const& bar : timeline.bars) blocks.insert(bar.visited_blocks);
  EXPECT_EQ(blocks, (std::set<std::int32_t>{10, 20, 30, 40}));
  EXPECT_EQ(timeline.note, "");
}

TEST(Timeline, LinesAreOrderedByLastExit) {
  // SM 0 runs 30 then 40 (ends 70), SM 1 runs 10 then 20 (ends 30).
  auto const timeline = timeline_of(testing::single_launch_trace({30, 10, 20, 40}, 2), 100);

  EXPECT_EQ(timeline.line_sm, (std::vector<std::uint32_t>{1, 0}));
}

TEST(Timeline, TooManyBarsLeaveOutWholeSmsAndSaySo) {
  std::vector<std::int64_t> const durations(1000, 5);

  auto const timeline = timeline_of(testing::single_launch_trace(durations, 100), 250);

  EXPECT_EQ(timeline.line_sm.size(), 25u);
  EXPECT_EQ(timeline.bars.size(), 250u);
  EXPECT_NE(timeline.note.find("25 of 100 SMs"), std::string::npos);
}

TEST(Timeline, BarsOfOneLaneDoNotOverlap) {
  auto trace = testing::single_launch_trace({30, 10, 20, 40}, 2);
  for (auto& cta : trace.ctas) cta.sm = 0;  // two resident CTAs on one SM

  auto const timeline = timeline_of(trace, 100);

  EXPECT_EQ(timeline.lanes, 2u);
  std::map<std::uint32_t, std::int64_t> lane_end;
  for (auto const& bar : timeline.bars) {
    EXPECT_GE(bar.begin_ns, lane_end[bar.lane]);
    lane_end[bar.lane] = bar.end_ns;
  }
}

TEST(Timeline, StaircaseStartsWithAllAndEndsWithNone) {
  auto const timeline = timeline_of(testing::single_launch_trace({30, 10, 20, 40}, 2), 100);

  ASSERT_EQ(timeline.staircase.size(), 3u);
  EXPECT_EQ(timeline.staircase[0].active_sms, 2);
  EXPECT_EQ(timeline.staircase[1].active_sms, 1);
  EXPECT_EQ(timeline.staircase[1].at_ns, 30);
  EXPECT_EQ(timeline.staircase[2].active_sms, 0);
}

TEST(Timeline, OnlyCasesWithRowsAreRepresentative) {
  testing::SyntheticSetup setup;
  auto const kept = testing::prefill_trace(setup);
  setup.keep_rows = false;
  auto const not_kept = testing::prefill_trace(setup);

  auto const cases = representative_cases(kept, measure_cases(kept), 6);

  EXPECT_EQ(cases.size(), 6u);
  for (auto id : cases) EXPECT_EQ(kept.cases[id].kv_len, 32768);
  EXPECT_TRUE(representative_cases(not_kept, measure_cases(not_kept), 6).empty());
}

}  // namespace
}  // namespace fluxscope::analysis
