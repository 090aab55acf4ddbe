#pragma once
// What the page draws of single launches: SM Gantt, active-SM staircase, item-duration ECDF.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/measure/launch_measure.hpp"
#include "analysis/measure/rows_by_launch.hpp"
#include "traces/record/tile_index.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// One CTA, or one tile where CTAs run several. Tile fields are -1 where the tile is unknown.
struct TimelineBar {
  std::uint32_t line = 0;     ///< 0 = the drawn SM that ends first
  std::uint32_t lane = 0;     ///< slot beside other resident CTAs
  std::int64_t begin_ns = 0;  ///< since the launch's T0
  std::int64_t end_ns = 0;
  std::int32_t cta = -1;
  std::int32_t head = -1;
  std::int32_t seq = -1;
  std::int32_t q_block = -1;
  std::int32_t split = -1;
  std::int32_t visited_blocks = -1;
};

struct StaircaseStep {
  std::int64_t at_ns = 0;
  std::int32_t active_sms = 0;
};

struct LaunchTimeline {
  std::uint32_t case_id = 0;
  std::uint32_t launch_id = 0;
  std::string op;
  double window_ns = 0;
  std::uint32_t sm_count = 0;
  std::uint32_t lanes = 1;
  std::vector<std::uint32_t> line_sm;  ///< SM number of each drawn line, by last exit
  std::vector<TimelineBar> bars;
  std::vector<StaircaseStep> staircase;
  std::vector<double> item_quantiles_ns;  ///< [101] 0 %, 1 %, ... 100 %; empty: not kept
  std::string note;                       ///< what was left out, and why
};

/// What the timelines of a trace look up. Made once for all of them; refers to the trace.
struct TimelineRows {
  traces::Trace const& trace;
  LaunchRows by_launch;
  traces::TileIndex tiles;

  explicit TimelineRows(traces::Trace const& of) : trace(of), by_launch(of), tiles(of) {}
};

/// At most `max_bars` bars: with more, every k-th SM by last exit is drawn, and the note says so.
[[nodiscard]] LaunchTimeline launch_timeline(TimelineRows const& rows, LaunchMeasure const& measure,
                                             std::size_t max_bars);

/// Cases to draw, of those whose rows were kept: per phase the longest context, one per execution,
/// scheduler and head mix (all full, all sparse, mixed). At most `most`, by case_id.
[[nodiscard]] std::vector<std::uint32_t> representative_cases(traces::Trace const& trace,
                                                              std::span<CaseMeasure const> measures,
                                                              std::size_t most);

}  // namespace fluxscope::analysis
