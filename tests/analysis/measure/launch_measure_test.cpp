#include "analysis/measure/launch_measure.hpp"

#include <gtest/gtest.h>

#include "analysis/measure/timeline.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;
using testing::single_launch_trace;

/// The launch of a trace, recorded again as repetition `repetition` with all times stretched.
void add_repetition(traces::Trace& trace, std::uint32_t repetition, std::int64_t stretch) {
  auto launch = trace.launches.at(0);
  launch.launch_id = static_cast<std::uint32_t>(trace.launches.size());
  launch.repetition = repetition;
  auto const sm_rows = trace.sms.size() / trace.launches.size();
  for (std::size_t i = 0; i < sm_rows; ++i) {
    auto sm = trace.sms[i];
    sm.launch_id = launch.launch_id;
    sm.first_in_ns *= stretch;
    sm.last_out_ns *= stretch;
    sm.busy_ns *= stretch;
    trace.sms.push_back(sm);
  }
  trace.launches.push_back(launch);
}

TEST(LaunchMeasure, OfSeveralRepetitionsTheMedianWindowIsAnalysed) {
  auto trace = single_launch_trace({10, 20}, 2, 0, false);
  add_repetition(trace, 1, 3);
  add_repetition(trace, 2, 2);

  auto const measure = measure_cases(trace)[0];

  ASSERT_EQ(measure.attention.size(), 1u);
  EXPECT_EQ(measure.attention[0].window_ns, 40);  // 20, 60, 40
}

TEST(LaunchMeasure, RepetitionWithKeptRowsComesFirst) {
  auto trace = single_launch_trace({10, 20}, 2, 0, true);
  add_repetition(trace, 1, 3);
  add_repetition(trace, 2, 2);
  trace.launches[1].ctas_kept = 0;
  trace.launches[2].ctas_kept = 0;

  EXPECT_EQ(measure_cases(trace)[0].attention[0].window_ns, 20);
}

TEST(LaunchMeasure, OverlappedRepetitionIsLeftOutAndTheOthersStay) {
  auto trace = single_launch_trace({10, 20}, 2, 0, false);
  add_repetition(trace, 1, 3);
  trace.launches[0].overlapped = true;

  EXPECT_EQ(measure_cases(trace)[0].attention[0].window_ns, 60);
}

TEST(LaunchMeasure, TilesAreTheItemsWhereCtasRunSeveral) {
  // Two resident CTAs: one runs tiles of 10 and 30, the other one of 25.
  auto trace = single_launch_trace({40, 25}, 2);
  trace.cases[0].scheduler = "persistent";
  trace.work = {{0, 0, 0, 0, 1000, 1010}, {0, 1, 0, 0, 1010, 1040}, {0, 2, 1, 1, 1000, 1025}};

  auto const launch = measure_cases(trace)[0].attention.at(0);
  auto const timeline = launch_timeline(TimelineRows(trace), launch, 100);

  EXPECT_EQ(launch.durations.count(), 3);
  EXPECT_EQ(launch.durations.max_ns(), 30);
  EXPECT_EQ(timeline.bars.size(), 3u);
}

TEST(LaunchMeasure, PersistentCtasAreNotItemsWhenTilesWereNotKept) {
  auto trace = single_launch_trace({40, 25}, 2);
  trace.cases[0].scheduler = "persistent";
  trace.tile_times = {{0, 4, 3, 20, 10, 25, 30, 30}};

  auto const launch = measure_cases(trace)[0].attention.at(0);

  EXPECT_EQ(launch.durations.source(), DurationSource::groups);
  EXPECT_EQ(launch.durations.sum_ns(), 60);
}

TEST(LaunchMeasure, AreasSumToSmsTimesWindow) {
  auto const trace = single_launch_trace({70, 10, 35, 20, 5}, 3);

  auto const launch = measure_cases(trace)[0].attention.at(0);

  double const sum =
      launch.useful_area_ns + launch.ramp_area_ns + launch.gap_area_ns + launch.tail_area_ns;
  EXPECT_TRUE(close(sum, 3 * launch.window_ns, {1e-9, 0}));
}

TEST(LaunchMeasure, OnlyAttentionLaunchesEnterTheCase) {
  auto trace = single_launch_trace({10, 20}, 2);
  trace.launches[0].counted_as = "other";

  auto const measure = measure_cases(trace)[0];

  EXPECT_EQ(measure.launches.size(), 1u);
  EXPECT_TRUE(measure.attention.empty());
  EXPECT_EQ(measure.reason, "no attention launch of this case was probed");
}

}  // namespace
}  // namespace fluxscope::analysis
