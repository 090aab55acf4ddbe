// Metrics of work items: CTAs, or tiles where CTAs run several.
#include <algorithm>
#include <cmath>

#include "analysis/measure/statistics.hpp"
#include "analysis/metrics/functions.hpp"

namespace fluxscope::analysis::metric_functions {
namespace {

constexpr char const* kNotKept = "item durations were not kept";
constexpr char const* kRowsNotKept = "rows of single items were not kept";

double slots_of(LaunchMeasure const& launch) { return launch.sm_count() * launch.ctas_per_sm; }

bool all_known(Launches launches) {
  return !launches.empty() && std::all_of(launches.begin(), launches.end(), [](auto const& l) {
    return l.durations.source() != DurationSource::none;
  });
}

/// Items of all launches in one set. Rows and groups do not mix: with a group anywhere, launches
/// that have rows enter as groups of one item each.
Durations pooled(Launches launches) {
  bool const by_groups = std::any_of(launches.begin(), launches.end(), [](auto const& l) {
    return l.durations.source() == DurationSource::groups;
  });
  Durations all;
  for (auto const& launch : launches) {
    for (double ns : launch.durations.rows()) {
      if (by_groups) {
        all.add_group({launch.launch_id, 0, 1, ns, ns, ns, ns, ns});
      } else {
        all.add_row(ns);
      }
    }
    for (auto const& group : launch.durations.groups()) all.add_group(group);
  }
  return all;
}

MetricValue over_median(BoundedValue const& upper, BoundedValue const& median) {
  if (!(median.low > 0)) return absent("the median duration is 0");
  double const low = upper.low / median.high;
  double const high = upper.high / median.low;
  MetricValue result{(low + high) / 2, (high - low) / 2, true, {}};
  if (high > low) result.note = "bounds from the groups of /tile_times";
  return result;
}

MetricValue quantile_over_median(Launches launches, double q) {
  if (!all_known(launches)) return absent(kNotKept);
  auto const items = pooled(launches);
  return over_median(items.quantile_ns(q), items.quantile_ns(0.5));
}

std::optional<std::vector<double>> single_items(Launches launches) {
  std::vector<double> items;
  for (auto const& launch : launches) {
    if (launch.durations.source() != DurationSource::rows) return std::nullopt;
    items.insert(items.end(), launch.durations.rows().begin(), launch.durations.rows().end());
  }
  if (items.empty()) return std::nullopt;
  return items;
}

}  // namespace

MetricValue wave_efficiency(Launches launches) {
  if (launches.empty()) return absent("no probed launch");
  double waves = 0;
  double whole_waves = 0;
  for (auto const& launch : launches) {
    double items = launch.durations.count();
    if (items == 0) items = launch.grid_ctas;
    double const w = items / slots_of(launch);
    waves += w;
    whole_waves += std::ceil(w - 1e-12);
  }
  return whole_waves == 0 ? absent("no CTA ran") : MetricValue{waves / whole_waves, 0, true, {}};
}

MetricValue order_bound(Launches launches) {
  if (!all_known(launches)) return absent(kNotKept);
  double bound_ns = 0;
  double window_ns = 0;
  double window_variance = 0;
  for (auto const& launch : launches) {
    bound_ns += std::max(launch.durations.sum_ns() / slots_of(launch), launch.durations.max_ns());
    window_ns += launch.window_ns;
    window_variance += launch.window_u_ns * launch.window_u_ns;
  }
  if (window_ns == 0) return absent("the window is empty");
  double const value = bound_ns / window_ns;
  return {value, value * std::sqrt(window_variance) / window_ns, true, {}};
}

MetricValue item_p99_over_p50(Launches launches) { return quantile_over_median(launches, 0.99); }

MetricValue item_p95_over_p50(Launches launches) { return quantile_over_median(launches, 0.95); }

MetricValue item_max_over_p50(Launches launches) {
  if (!all_known(launches)) return absent(kNotKept);
  auto const items = pooled(launches);
  double const longest = items.max_ns();
  return over_median({longest, longest, longest}, items.quantile_ns(0.5));
}

MetricValue item_variation(Launches launches) {
  auto const items = single_items(launches);
  return items ? MetricValue{variation_of(*items), 0, true, {}} : absent(kRowsNotKept);
}

MetricValue item_gini(Launches launches) {
  auto const items = single_items(launches);
  return items ? MetricValue{gini_of(*items), 0, true, {}} : absent(kRowsNotKept);
}

}  // namespace fluxscope::analysis::metric_functions
