#include "analysis/metrics/reorder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "analysis/metrics/metric.hpp"
#include "base/schedule/list_schedule.hpp"

namespace fluxscope::analysis {
namespace {

constexpr double kMostItems = 2e6;
constexpr double kLongestNs = 1e15;  // 11 days: picoseconds stay within 64 bits

/// Durations in whole picoseconds, so that group means lose nothing visible.
std::vector<std::int64_t> item_durations_ps(Durations const& durations) {
  std::vector<std::int64_t> items;
  for (double ns : durations.rows()) items.push_back(std::llround(ns * 1000));
  for (auto const& group : durations.groups()) {
    items.insert(items.end(), group.count, std::llround(group.mean_ns * 1000));
  }
  return items;
}

double longest_first_makespan_ns(LaunchMeasure const& launch) {
  auto const items = item_durations_ps(launch.durations);
  std::vector<std::int64_t> ordered;
  ordered.reserve(items.size());
  for (auto index : longest_first_order(items)) ordered.push_back(items[index]);
  // More slots than items change nothing.
  auto const slots = std::min(launch.sm_count() * launch.ctas_per_sm,
                              std::max(1.0, static_cast<double>(items.size())));
  auto const schedule = list_schedule(ordered, static_cast<std::uint32_t>(slots));
  return static_cast<double>(schedule.makespan) / 1000;
}

}  // namespace

ReorderBound reorder_bound(std::span<LaunchMeasure const> launches) {
  ReorderBound bound;
  double items = 0;
  double items_ns = 0;
  double windows_ns = 0;
  for (auto const& launch : launches) {
    if (launch.durations.source() == DurationSource::none) {
      bound.note = "no item durations";
      return bound;
    }
    if (launch.durations.source() == DurationSource::groups) {
      bound.note = "items take the mean duration of their group in /tile_times";
    }
    items += launch.durations.count();
    items_ns += launch.durations.sum_ns();
    windows_ns += launch.window_ns;
  }
  if (launches.empty() || windows_ns == 0) bound.note = "no probed launch";
  if (items > kMostItems) bound.note = "more than 2 million items";
  if (!(items_ns < kLongestNs)) bound.note = "durations beyond all measure";
  if (launches.empty() || windows_ns == 0 || items > kMostItems || !(items_ns < kLongestNs)) {
    return bound;
  }
  double makespans_ns = 0;
  for (auto const& launch : launches) makespans_ns += longest_first_makespan_ns(launch);
  bound.longest_first_ratio = makespans_ns / windows_ns;
  bound.lower_bound_ratio = metric_named("order_bound_ratio").compute(launches).value;
  return bound;
}

}  // namespace fluxscope::analysis
