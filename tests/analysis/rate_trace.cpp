#include "tests/analysis/rate_trace.hpp"

#include <cmath>
#include <string>

namespace fluxscope::testing {
namespace {

void add_launch(traces::Trace& trace, RateLaunch const& shape, double blocks) {
  auto const id = static_cast<std::uint32_t>(trace.launches.size());
  traces::CaseRecord of_case;
  of_case.case_id = id;
  of_case.name = "case " + std::to_string(id);
  of_case.phase = "decode";
  of_case.execution = "fused";
  of_case.scheduler = "natural";
  of_case.batch = of_case.q_len = 1;
  of_case.kv_len = 1024;
  of_case.q_heads = 32;
  of_case.kv_heads = 8;
  of_case.head_dim = 128;
  of_case.time_ns = static_cast<double>(shape.level_ns + shape.tail_ns);
  trace.cases.push_back(of_case);
  traces::LaunchRecord launch;
  launch.launch_id = launch.case_id = id;
  launch.pass = 2;
  launch.op = "decode";
  launch.counted_as = "attention";
  launch.grid_ctas = kRateSms;
  launch.ctas_per_sm = 1;
  trace.launches.push_back(launch);
  for (int sm = 0; sm < kRateSms; ++sm) {
    traces::SmRecord row;
    row.launch_id = id;
    row.sm = static_cast<std::uint32_t>(sm);
    row.first_in_ns = 0;
    row.last_out_ns = shape.level_ns + (sm < shape.long_sms ? shape.tail_ns : 0);
    row.busy_ns = row.slot_busy_ns = row.last_out_ns;
    row.ctas = 1;
    trace.sms.push_back(row);
  }
  traces::TileTimeRecord tiles;
  tiles.launch_id = id;
  tiles.visited_blocks = static_cast<std::int32_t>(std::lround(blocks / kRateTiles));
  tiles.count = static_cast<std::uint32_t>(kRateTiles);
  trace.tile_times.push_back(tiles);
}

}  // namespace

traces::Trace rate_trace(std::vector<RateLaunch> const& launches, Rate const& rate, double start_ns,
                         double tile_blocks) {
  traces::Trace trace;
  trace.run.source = "measured";
  trace.device.sm_count = kRateSms;
  for (auto const& launch : launches) {
    double const level_ns = static_cast<double>(launch.level_ns) - start_ns;
    double const drawn =
        rate(kRateSms) * level_ns + rate(launch.long_sms) * static_cast<double>(launch.tail_ns);
    add_launch(trace, launch, drawn / launch.slowness - tile_blocks * kRateTiles);
  }
  return trace;
}

std::vector<RateLaunch> varied_launches() {
  std::vector<RateLaunch> launches;
  for (int i = 0; i < 24; ++i) {
    std::int64_t const window_ns = 4'000'000 + 900'000 * (i % 5);
    std::int64_t const level_ns = window_ns / (2 << (i % 3));
    launches.push_back({8 + 124 * i / 23, level_ns, window_ns - level_ns});
  }
  return launches;
}

}  // namespace fluxscope::testing
