#include "analysis/measure/timeline.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "analysis/measure/statistics.hpp"
#include "base/schedule/lanes.hpp"
#include "base/statistics.hpp"

namespace fluxscope::analysis {
namespace {

using traces::CaseRecord;
using traces::kNoRow;
using traces::Trace;

/// Time since the launch's T0; wraps instead of overflowing on a trace with absurd times.
std::int64_t since(LaunchMeasure const& measure, std::int64_t at_ns) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(at_ns) -
                                   static_cast<std::uint64_t>(measure.t0_ns));
}

struct Bar {
  std::uint32_t sm = 0;
  std::uint32_t tile = kNoRow;
  TimelineBar bar;
};

std::vector<Bar> bars_of(TimelineRows const& rows, LaunchMeasure const& measure) {
  Trace const& trace = rows.trace;
  std::vector<Bar> bars;
  auto const add = [&](std::uint32_t sm, std::uint32_t tile, std::uint32_t cta, std::int64_t begin,
                       std::int64_t end) {
    Bar bar{sm, tile, {}};
    bar.bar.begin_ns = since(measure, begin);
    bar.bar.end_ns = since(measure, end);
    bar.bar.cta = static_cast<std::int32_t>(cta);
    bars.push_back(bar);
  };
  for (std::size_t row : rows.by_launch.work.of(measure.launch_id)) {
    auto const& work = trace.work[row];
    add(work.sm, work.tile, work.cta, work.t_begin_ns, work.t_end_ns);
  }
  if (bars.empty()) {
    for (std::size_t row : rows.by_launch.ctas.of(measure.launch_id)) {
      auto const& cta = trace.ctas[row];
      add(cta.sm, cta.tile, cta.cta, cta.t_in_ns, cta.t_out_ns);
    }
  }
  std::stable_sort(bars.begin(), bars.end(),
                   [](auto const& a, auto const& b) { return a.bar.begin_ns < b.bar.begin_ns; });
  return bars;
}

/// Puts every bar on the lowest lane of its SM that is free at its begin.
std::uint32_t assign_lanes(std::vector<Bar>& bars) {
  std::map<std::uint32_t, Lanes> of_sm;
  std::uint32_t lanes = 1;
  for (auto& bar : bars) {
    auto& taken = of_sm.try_emplace(bar.sm, Nesting::forbidden).first->second;
    bar.bar.lane = static_cast<std::uint32_t>(taken.take(bar.bar.begin_ns, bar.bar.end_ns));
    lanes = std::max(lanes, bar.bar.lane + 1);
  }
  return lanes;
}

void name_tiles(traces::TileIndex const& tiles, LaunchMeasure const& measure,
                std::vector<Bar>& bars) {
  for (auto& bar : bars) {
    auto const* const tile = tiles.find(measure.case_id, measure.index, bar.tile);
    if (tile == nullptr) continue;
    bar.bar.head = tile->head;
    bar.bar.seq = tile->seq;
    bar.bar.q_block = tile->q_block;
    bar.bar.split = tile->split;
    bar.bar.visited_blocks = tile->visited_blocks;
  }
}

struct SmEnd {
  std::uint32_t sm = 0;
  std::int64_t last_out_ns = 0;
};

/// SMs of the launch by last exit; unused ones first.
std::vector<SmEnd> sms_by_last_exit(TimelineRows const& rows, std::uint32_t launch_id) {
  std::vector<SmEnd> sms;
  for (std::size_t row : rows.by_launch.sms.of(launch_id)) {
    sms.push_back({rows.trace.sms[row].sm, rows.trace.sms[row].last_out_ns});
  }
  std::stable_sort(sms.begin(), sms.end(),
                   [](auto const& a, auto const& b) { return a.last_out_ns < b.last_out_ns; });
  return sms;
}

void draw_lines(LaunchTimeline& timeline, std::vector<Bar> const& bars,
                std::vector<SmEnd> const& sms, std::size_t max_bars) {
  std::size_t const step = std::max<std::size_t>(1, (bars.size() + max_bars - 1) / max_bars);
  std::map<std::uint32_t, std::uint32_t> line_of;
  for (std::size_t i = sms.size(); i > 0; i -= std::min(i, step)) {
    timeline.line_sm.push_back(sms[i - 1].sm);
  }
  std::reverse(timeline.line_sm.begin(), timeline.line_sm.end());
  for (std::uint32_t line = 0; line < timeline.line_sm.size(); ++line) {
    line_of[timeline.line_sm[line]] = line;
  }
  for (auto const& bar : bars) {
    auto const line = line_of.find(bar.sm);
    if (line == line_of.end()) continue;
    timeline.bars.push_back(bar.bar);
    timeline.bars.back().line = line->second;
  }
  if (step > 1) {
    timeline.note = "Drawn: " + std::to_string(timeline.line_sm.size()) + " of " +
                    std::to_string(sms.size()) + " SMs, one in " + std::to_string(step) +
                    " by last exit, with all their items. Metrics use all SMs.";
  }
}

/// SMs between first entry and last exit; gaps inside are not taken out.
std::vector<StaircaseStep> staircase_of(TimelineRows const& rows, LaunchMeasure const& measure) {
  std::map<std::int64_t, std::int32_t> changes;
  for (std::size_t row : rows.by_launch.sms.of(measure.launch_id)) {
    auto const& sm = rows.trace.sms[row];
    if (sm.first_in_ns == traces::kMissingNs || sm.last_out_ns == traces::kMissingNs) continue;
    ++changes[since(measure, sm.first_in_ns)];
    --changes[since(measure, sm.last_out_ns)];
  }
  std::vector<StaircaseStep> steps;
  std::int32_t active = 0;
  for (auto const& [at_ns, change] : changes) {
    active += change;
    steps.push_back({at_ns, active});
  }
  return steps;
}

std::vector<double> item_quantiles(Durations const& durations) {
  if (durations.source() != DurationSource::rows) return {};
  std::vector<double> sorted(durations.rows().begin(), durations.rows().end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> quantiles{sorted.front()};
  for (int percent = 1; percent <= 100; ++percent) {
    quantiles.push_back(sorted[nearest_rank(percent / 100.0, sorted.size()) - 1]);
  }
  return quantiles;
}

int head_mix(CaseRecord const& record) {
  if (record.full_kv_heads == 0) return 0;
  return record.full_kv_heads == std::int64_t{record.batch} * record.kv_heads ? 2 : 1;
}

bool has_rows(CaseMeasure const& measure) {
  return !measure.attention.empty() &&
         std::all_of(measure.attention.begin(), measure.attention.end(), [](auto const& launch) {
           return launch.durations.source() == DurationSource::rows;
         });
}

}  // namespace

LaunchTimeline launch_timeline(TimelineRows const& rows, LaunchMeasure const& measure,
                               std::size_t max_bars) {
  LaunchTimeline timeline;
  timeline.case_id = measure.case_id;
  timeline.launch_id = measure.launch_id;
  timeline.op = measure.op;
  timeline.window_ns = measure.window_ns;
  timeline.sm_count = static_cast<std::uint32_t>(measure.busy_ns.size());
  auto bars = bars_of(rows, measure);
  timeline.lanes = assign_lanes(bars);
  name_tiles(rows.tiles, measure, bars);
  draw_lines(timeline, bars, sms_by_last_exit(rows, measure.launch_id), max_bars);
  timeline.staircase = staircase_of(rows, measure);
  timeline.item_quantiles_ns = item_quantiles(measure.durations);
  return timeline;
}

std::vector<std::uint32_t> representative_cases(Trace const& trace,
                                                std::span<CaseMeasure const> measures,
                                                std::size_t most) {
  using Kind = std::tuple<std::string, int, std::string, std::string>;
  std::map<Kind, std::uint32_t> chosen;
  auto const preference = [&](std::uint32_t id) {
    auto const& record = trace.cases[id];
    auto const heads = std::int64_t{record.batch} * record.kv_heads;
    return std::make_tuple(record.kv_len, record.batch,
                           -std::abs(2 * std::int64_t{record.full_kv_heads} - heads));
  };
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    if (!has_rows(measures[id])) continue;
    auto const& record = trace.cases[id];
    Kind const kind{record.phase, head_mix(record), record.execution, record.scheduler};
    auto const [found, added] = chosen.emplace(kind, id);
    if (!added && preference(id) > preference(found->second)) found->second = id;
  }
  std::vector<std::uint32_t> cases;
  // Mixed layers first: they are what the comparison is about.
  for (int mix : {1, 2, 0}) {
    for (auto const& [kind, id] : chosen) {
      if (std::get<1>(kind) == mix && cases.size() < most) cases.push_back(id);
    }
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

}  // namespace fluxscope::analysis
