// Metrics of SM loads and of hardware counters.
#include <algorithm>
#include <cmath>

#include "analysis/measure/statistics.hpp"
#include "analysis/metrics/functions.hpp"

namespace fluxscope::analysis::metric_functions {
namespace {

MetricValue exact(double value) { return {value, 0, true, {}}; }
constexpr char const* kNotProbed = "no probed launch";
constexpr char const* kNoCounters = "counters not collected";

/// Sums over launches of the largest and of the mean SM load, and of the windows.
struct Loads {
  double max_ns = 0;
  double mean_ns = 0;
  double window_ns = 0;
  double window_u_ns = 0;
  double sm_count = 0;
};

Loads loads_of(Launches launches) {
  Loads loads;
  double window_variance = 0;
  for (auto const& launch : launches) {
    loads.max_ns += max_of(launch.busy_ns);
    loads.mean_ns += mean_of(launch.busy_ns);
    loads.window_ns += launch.window_ns;
    window_variance += launch.window_u_ns * launch.window_u_ns;
    loads.sm_count = launch.sm_count();
  }
  loads.window_u_ns = std::sqrt(window_variance);
  return loads;
}

std::vector<double> busy_per_sm(Launches launches) {
  std::vector<double> busy(launches.front().busy_ns.size(), 0.0);
  for (auto const& launch : launches) {
    for (std::size_t sm = 0; sm < std::min(busy.size(), launch.busy_ns.size()); ++sm) {
      busy[sm] += launch.busy_ns[sm];
    }
  }
  return busy;
}

std::optional<ActiveCycles> cycles_of(Launches launches) {
  ActiveCycles sum;
  for (auto const& launch : launches) {
    if (!launch.counters) return std::nullopt;
    sum.min_cyc += launch.counters->min_cyc;
    sum.avg_cyc += launch.counters->avg_cyc;
    sum.max_cyc += launch.counters->max_cyc;
    sum.elapsed_cyc += launch.counters->elapsed_cyc;
  }
  if (launches.empty()) return std::nullopt;
  return sum;
}

MetricValue counter_value(double value) {
  if (std::isnan(value)) return absent("this counter was not collected");
  MetricValue result;
  result.value = value;
  return result;
}

/// What Nsight Compute prints: a level load ends at the mean, in the active share of the time.
double ncu_estimate(double mean, double most, double elapsed) {
  return (1 - mean / most) * mean / elapsed;
}

}  // namespace

MetricValue sm_balance(Launches launches) {
  if (launches.empty()) return absent(kNotProbed);
  auto const loads = loads_of(launches);
  return loads.max_ns == 0 ? absent("no SM was busy") : exact(loads.mean_ns / loads.max_ns);
}

MetricValue sm_imbalance_percent(Launches launches) {
  if (launches.empty()) return absent(kNotProbed);
  auto const loads = loads_of(launches);
  return loads.mean_ns == 0 ? absent("no SM was busy")
                            : exact((loads.max_ns / loads.mean_ns - 1) * 100);
}

MetricValue sm_imbalance_scaled_percent(Launches launches) {
  if (launches.empty()) return absent(kNotProbed);
  auto const loads = loads_of(launches);
  if (loads.max_ns == 0 || loads.sm_count < 2) return absent("needs a busy SM and two SMs");
  double const scale = loads.sm_count / (loads.sm_count - 1);
  return exact((loads.max_ns - loads.mean_ns) / loads.max_ns * scale * 100);
}

MetricValue sm_imbalance_time_us(Launches launches) {
  if (launches.empty()) return absent(kNotProbed);
  auto const loads = loads_of(launches);
  return exact((loads.max_ns - loads.mean_ns) / 1000);
}

MetricValue ncu_est_speedup(Launches launches) {
  if (launches.empty()) return absent(kNotProbed);
  auto const loads = loads_of(launches);
  if (loads.window_ns == 0 || loads.max_ns == 0) return absent("the window is empty");
  double const value = ncu_estimate(loads.mean_ns, loads.max_ns, loads.window_ns);
  return {value, value * loads.window_u_ns / loads.window_ns, true, {}};
}

MetricValue sm_busy_variation(Launches launches) {
  if (launches.empty()) return absent(kNotProbed);
  return exact(variation_of(busy_per_sm(launches)));
}

MetricValue sm_busy_gini(Launches launches) {
  if (launches.empty()) return absent(kNotProbed);
  return exact(gini_of(busy_per_sm(launches)));
}

MetricValue sm_active_min_cyc(Launches launches) {
  auto const cycles = cycles_of(launches);
  return cycles ? counter_value(cycles->min_cyc) : absent(kNoCounters);
}

MetricValue sm_active_avg_cyc(Launches launches) {
  auto const cycles = cycles_of(launches);
  return cycles ? counter_value(cycles->avg_cyc) : absent(kNoCounters);
}

MetricValue sm_active_max_cyc(Launches launches) {
  auto const cycles = cycles_of(launches);
  return cycles ? counter_value(cycles->max_cyc) : absent(kNoCounters);
}

MetricValue ncu_est_speedup_counter(Launches launches) {
  auto const cycles = cycles_of(launches);
  if (!cycles) return absent(kNoCounters);
  if (!(cycles->elapsed_cyc > 0)) return absent("sm__cycles_elapsed was not collected");
  if (cycles->max_cyc == 0) return absent("no SM was active");
  return counter_value(ncu_estimate(cycles->avg_cyc, cycles->max_cyc, cycles->elapsed_cyc));
}

}  // namespace fluxscope::analysis::metric_functions
