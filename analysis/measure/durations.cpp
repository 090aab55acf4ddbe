#include "analysis/measure/durations.hpp"

#include <algorithm>
#include <cstdint>

#include "analysis/measure/statistics.hpp"
#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

/// What a group's items add to the mixture's distribution function at one of its known points, in
/// hundredths of an item: to its least possible value there, and to its largest below the next
/// point.
struct Step {
  double at_ns;
  std::int64_t least;
  std::int64_t most;
};

/// The known points of a group are its minimum, p50, p99 and maximum. From one to the next its
/// function is at least the share of the one passed and stays below the share of the next.
void add_steps(traces::TileTimeRecord const& group, std::vector<Step>& steps) {
  std::int64_t const count = group.count;
  steps.push_back({group.min_ns, 0, 50 * count});
  steps.push_back({group.p50_ns, 50 * count, 49 * count});
  steps.push_back({group.p99_ns, 49 * count, 1 * count});
  steps.push_back({group.max_ns, 1 * count, 0});
}

/// Smallest known point at which the mixture's distribution function may (`upper`) or must reach q.
/// Sorted sweep over the points, O(groups log groups).
double mixture_quantile(std::span<traces::TileTimeRecord const> groups, double q, bool upper) {
  std::vector<Step> steps;
  std::int64_t items = 0;
  for (auto const& group : groups) {
    add_steps(group, steps);
    items += group.count;
  }
  std::sort(steps.begin(), steps.end(),
            [](Step const& a, Step const& b) { return a.at_ns < b.at_ns; });
  double const target = q * 100 * static_cast<double>(items);
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    least += steps[i].least;
    most += steps[i].most;
    if (i + 1 < steps.size() && steps[i + 1].at_ns == steps[i].at_ns) continue;
    if (static_cast<double>(least) >= target * (1 - 1e-12)) return steps[i].at_ns;
    // The function stays below `most`, hence the strict comparison.
    if (upper && static_cast<double>(most) > target * (1 + 1e-12)) return steps[i].at_ns;
  }
  return steps.back().at_ns;
}

}  // namespace

DurationSource Durations::source() const {
  if (!rows_.empty()) return DurationSource::rows;
  return groups_.empty() ? DurationSource::none : DurationSource::groups;
}

double Durations::count() const {
  if (!rows_.empty()) return static_cast<double>(rows_.size());
  double count = 0;
  for (auto const& group : groups_) count += group.count;
  return count;
}

double Durations::sum_ns() const {
  if (!rows_.empty()) return sum_of(rows_);
  double sum = 0;
  for (auto const& group : groups_) sum += group.count * group.mean_ns;
  return sum;
}

double Durations::max_ns() const {
  expects(source() != DurationSource::none, "longest of no durations");
  if (!rows_.empty()) return max_of(rows_);
  double longest = 0;
  for (auto const& group : groups_) longest = std::max(longest, group.max_ns);
  return longest;
}

BoundedValue Durations::quantile_ns(double q) const {
  expects(source() != DurationSource::none, "quantile of no durations");
  if (!rows_.empty()) {
    double const exact = quantile_of(rows_, q);
    return {exact, exact, exact};
  }
  double const low = mixture_quantile(groups_, q, true);
  double const high = mixture_quantile(groups_, q, false);
  return {(low + high) / 2, low, high};
}

}  // namespace fluxscope::analysis
