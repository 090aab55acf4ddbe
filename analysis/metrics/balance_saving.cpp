#include "analysis/metrics/balance_saving.hpp"

#include <algorithm>

#include "analysis/metrics/functions.hpp"

namespace fluxscope::analysis {
namespace {

MetricValue scaled(BalanceSaving const& saving, double scale) {
  MetricValue value;
  value.note = saving.reason;
  if (!saving.saving_ns) return value;
  value.value = *saving.saving_ns * scale;
  value.uncertainty = saving.u_ns * scale;
  value.significant = *value.value > value.uncertainty;
  value.note = saving.shared ? "" : "no shared limit seen: the tail's whole area is lost time";
  return value;
}

}  // namespace

BalanceSaving balance_saving(std::span<LaunchMeasure const> launches) {
  BalanceSaving sum;
  if (launches.empty()) sum.reason = "no probed launch";
  double saving_ns = 0;
  for (auto const& launch : launches) {
    if (!launch.level.window_ns) {
      sum.reason = launch.level.reason.empty() ? "no rate model" : launch.level.reason;
      break;
    }
    saving_ns += std::max(0.0, launch.window_ns - *launch.level.window_ns);
    sum.u_ns += launch.level.u_ns;
    sum.window_ns += launch.window_ns;
    sum.shared |= launch.level.shared;
  }
  if (sum.reason.empty()) sum.saving_ns = saving_ns;
  return sum;
}

namespace metric_functions {

MetricValue balance_saving_ratio(Launches launches) {
  auto const saving = balance_saving(launches);
  return scaled(saving, saving.window_ns > 0 ? 1 / saving.window_ns : 0);
}

MetricValue balance_saving_us(Launches launches) { return scaled(balance_saving(launches), 1e-3); }

}  // namespace metric_functions
}  // namespace fluxscope::analysis
