#include "sim/calibrate/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace fluxscope::sim {
namespace {

constexpr double kEachTail = 0.05;

}  // namespace

RatioInterval conformal_interval(std::vector<double> ratios) {
  if (ratios.empty()) return {};
  std::sort(ratios.begin(), ratios.end());
  auto const n = static_cast<double>(ratios.size());
  auto const at = [&](double rank) {
    return ratios[static_cast<std::size_t>(std::clamp(rank, 1.0, n)) - 1];
  };
  return {at(std::floor(kEachTail * (n + 1))), at(std::ceil((1 - kEachTail) * (n + 1)))};
}

RatioInterval group_conformal_interval(std::span<GroupedRatio const> ratios) {
  if (ratios.empty()) return {};
  std::map<std::size_t, double> sizes;
  for (GroupedRatio const& one : ratios) ++sizes[one.group];
  std::vector<GroupedRatio> sorted(ratios.begin(), ratios.end());
  std::sort(sorted.begin(), sorted.end(),
            [](GroupedRatio const& a, GroupedRatio const& b) { return a.ratio < b.ratio; });
  // Of a group's weight 1. The new group may lie beyond either end: it counts to both tails' share.
  double const tail = kEachTail * static_cast<double>(sizes.size() + 1) * (1 + 1e-12);
  auto const end = [&](auto first, auto last) {
    double weight = 0;
    double ratio = first->ratio;
    for (auto at = first; at != last; ++at) {
      weight += 1 / sizes.at(at->group);
      if (weight > tail) break;
      ratio = at->ratio;
    }
    return ratio;
  };
  return {end(sorted.begin(), sorted.end()), end(sorted.rbegin(), sorted.rend())};
}

double leave_group_out_coverage(std::span<GroupedRatio const> ratios) {
  std::map<std::size_t, std::vector<GroupedRatio>> others;
  for (GroupedRatio const& one : ratios) others[one.group];
  if (others.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  for (auto& [group, rest] : others) {
    std::copy_if(ratios.begin(), ratios.end(), std::back_inserter(rest),
                 [group = group](GroupedRatio const& one) { return one.group != group; });
  }
  std::map<std::size_t, RatioInterval> intervals;
  for (auto const& [group, rest] : others) intervals[group] = group_conformal_interval(rest);
  auto const covered = std::count_if(ratios.begin(), ratios.end(), [&](GroupedRatio const& one) {
    RatioInterval const& interval = intervals.at(one.group);
    return interval.low <= one.ratio && one.ratio <= interval.high;
  });
  return static_cast<double>(covered) / static_cast<double>(ratios.size());
}

}  // namespace fluxscope::sim
