#include "runs/launch/tile_times.hpp"

#include <algorithm>
#include <span>

#include "base/statistics.hpp"

namespace fluxscope::runs {
namespace {

constexpr double kPsPerNs = 1000;

/// One row; `group` is ascending and of equal visited_blocks.
traces::TileTimeRecord summary_of(std::span<TileDuration const> group) {
  std::int64_t sum_ps = 0;
  for (TileDuration const& one : group) sum_ps += one.duration_ps;
  auto const at = [&](double q) {
    return static_cast<double>(group[nearest_rank(q, group.size()) - 1].duration_ps) / kPsPerNs;
  };
  return {.visited_blocks = group[0].visited_blocks,
          .count = static_cast<std::uint32_t>(group.size()),
          .mean_ns = static_cast<double>(sum_ps) / static_cast<double>(group.size()) / kPsPerNs,
          .min_ns = at(0),
          .p50_ns = at(0.50),
          .p99_ns = at(0.99),
          .max_ns = at(1)};
}

}  // namespace

std::vector<traces::TileTimeRecord> tile_times(std::vector<TileDuration> durations) {
  std::sort(durations.begin(), durations.end());
  std::vector<traces::TileTimeRecord> rows;
  for (std::span<TileDuration const> left = durations; !left.empty();) {
    std::size_t count = 1;
    while (count < left.size() && left[count].visited_blocks == left[0].visited_blocks) ++count;
    rows.push_back(summary_of(left.first(count)));
    left = left.subspan(count);
  }
  return rows;
}

}  // namespace fluxscope::runs
