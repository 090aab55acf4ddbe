// Metrics of the time budget: areas of P SMs over the windows, as shares of P L.
#include <cmath>

#include "analysis/metrics/functions.hpp"

namespace fluxscope::analysis::metric_functions {
namespace {

struct Areas {
  double total_ns = 0;  ///< P L
  double useful_ns = 0;
  double ramp_ns = 0;
  double gap_ns = 0;
  double tail_ns = 0;
  double ramp_variance = 0;
  double tail_variance = 0;
  double window_ns = 0;
  double window_variance = 0;
};

Areas areas_of(Launches launches) {
  Areas areas;
  for (auto const& launch : launches) {
    areas.total_ns += launch.sm_count() * launch.window_ns;
    areas.useful_ns += launch.useful_area_ns;
    areas.ramp_ns += launch.ramp_area_ns;
    areas.gap_ns += launch.gap_area_ns;
    areas.tail_ns += launch.tail_area_ns;
    areas.ramp_variance += launch.ramp_area_u_ns * launch.ramp_area_u_ns;
    areas.tail_variance += launch.tail_area_u_ns * launch.tail_area_u_ns;
    areas.window_ns += launch.window_ns;
    areas.window_variance += launch.window_u_ns * launch.window_u_ns;
  }
  return areas;
}

/// A share with its uncertainty; refused as a finding below 3 standard deviations.
MetricValue claimed(double value, double uncertainty) {
  MetricValue result{value, uncertainty, true, {}};
  if (std::isnan(uncertainty)) {
    result.significant = false;
    result.note = "the clock alignment's uncertainty is not known";
  } else if (value < 3 * uncertainty) {
    result.significant = false;
    result.note = "below 3 standard deviations of the clock alignment";
  }
  return result;
}

MetricValue share(Launches launches, double Areas::*part, double Areas::*variance) {
  auto const areas = areas_of(launches);
  if (areas.total_ns == 0) return absent("no probed launch");
  return claimed(areas.*part / areas.total_ns, std::sqrt(areas.*variance) / areas.total_ns);
}

/// SM-local shares: only the window's uncertainty enters, through the denominator.
MetricValue local_share(Launches launches, double Areas::*part) {
  auto const areas = areas_of(launches);
  if (areas.total_ns == 0) return absent("no probed launch");
  double const value = areas.*part / areas.total_ns;
  return {value, value * std::sqrt(areas.window_variance) / areas.window_ns, true, {}};
}

}  // namespace

MetricValue tail_length(Launches launches) {
  double length_ns = 0;
  double variance = 0;
  for (auto const& launch : launches) {
    length_ns += launch.tail_length_ns;
    variance += launch.tail_length_u_ns * launch.tail_length_u_ns;
  }
  auto const areas = areas_of(launches);
  if (areas.window_ns == 0) return absent("no probed launch");
  return claimed(length_ns / areas.window_ns, std::sqrt(variance) / areas.window_ns);
}

MetricValue tail_area(Launches launches) {
  return share(launches, &Areas::tail_ns, &Areas::tail_variance);
}

MetricValue ramp_area(Launches launches) {
  return share(launches, &Areas::ramp_ns, &Areas::ramp_variance);
}

MetricValue gap_area(Launches launches) { return local_share(launches, &Areas::gap_ns); }

MetricValue useful_area(Launches launches) { return local_share(launches, &Areas::useful_ns); }

MetricValue slot_use(Launches launches) {
  double busy_ns = 0;
  double slots_ns = 0;
  for (auto const& launch : launches) {
    busy_ns += launch.slot_busy_ns;
    slots_ns += launch.sm_count() * launch.ctas_per_sm * launch.window_ns;
  }
  if (slots_ns == 0) return absent("no probed launch");
  auto const areas = areas_of(launches);
  double const value = busy_ns / slots_ns;
  return {value, value * std::sqrt(areas.window_variance) / areas.window_ns, true, {}};
}

}  // namespace fluxscope::analysis::metric_functions
