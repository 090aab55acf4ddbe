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

/// By visited blocks: by counting, for there are few block counts beside the tiles.
std::vector<TileDuration> in_groups(std::vector<TileDuration> const& durations) {
  std::int32_t most = 0;
  for (TileDuration const& one : durations) most = std::max(most, one.visited_blocks);
  std::vector<std::uint32_t> place(static_cast<std::size_t>(most) + 2, 0);  // of a group's first
  for (TileDuration const& one : durations) {
    ++place[static_cast<std::size_t>(one.visited_blocks) + 1];
  }
  for (std::size_t i = 1; i < place.size(); ++i) place[i] += place[i - 1];
  std::vector<TileDuration> grouped(durations.size());
  for (TileDuration const& one : durations) {
    grouped[place[static_cast<std::size_t>(one.visited_blocks)]++] = one;
  }
  return grouped;
}

}  // namespace

std::vector<traces::TileTimeRecord> tile_times(std::vector<TileDuration> durations) {
  durations = in_groups(durations);
  std::vector<traces::TileTimeRecord> rows;
  for (std::span<TileDuration> left = durations; !left.empty();) {
    std::size_t count = 1;
    while (count < left.size() && left[count].visited_blocks == left[0].visited_blocks) ++count;
    auto const group = left.first(count);
    if (!std::is_sorted(group.begin(), group.end())) std::sort(group.begin(), group.end());
    rows.push_back(summary_of(left.first(count)));
    left = left.subspan(count);
  }
  return rows;
}

}  // namespace fluxscope::runs
