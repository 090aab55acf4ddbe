#pragma once
// The functions behind metric_table(). Each takes launches that ran one after the other on the same
// SMs; sums run over these launches.

#include <span>

#include "analysis/metrics/metric.hpp"

namespace fluxscope::analysis::metric_functions {

using Launches = std::span<LaunchMeasure const>;

// SM loads
[[nodiscard]] MetricValue sm_balance(Launches launches);
[[nodiscard]] MetricValue sm_imbalance_percent(Launches launches);
[[nodiscard]] MetricValue sm_imbalance_scaled_percent(Launches launches);
[[nodiscard]] MetricValue sm_imbalance_time_us(Launches launches);
[[nodiscard]] MetricValue ncu_est_speedup(Launches launches);
[[nodiscard]] MetricValue sm_busy_variation(Launches launches);
[[nodiscard]] MetricValue sm_busy_gini(Launches launches);

// Time budget
[[nodiscard]] MetricValue tail_length(Launches launches);
[[nodiscard]] MetricValue tail_area(Launches launches);
[[nodiscard]] MetricValue ramp_area(Launches launches);
[[nodiscard]] MetricValue gap_area(Launches launches);
[[nodiscard]] MetricValue useful_area(Launches launches);
[[nodiscard]] MetricValue slot_use(Launches launches);

// What balance would save
[[nodiscard]] MetricValue balance_saving_ratio(Launches launches);
[[nodiscard]] MetricValue balance_saving_us(Launches launches);

// Work items
[[nodiscard]] MetricValue wave_efficiency(Launches launches);
[[nodiscard]] MetricValue order_bound(Launches launches);
[[nodiscard]] MetricValue item_p99_over_p50(Launches launches);
[[nodiscard]] MetricValue item_p95_over_p50(Launches launches);
[[nodiscard]] MetricValue item_max_over_p50(Launches launches);
[[nodiscard]] MetricValue item_variation(Launches launches);
[[nodiscard]] MetricValue item_gini(Launches launches);

// Hardware counters
[[nodiscard]] MetricValue sm_active_min_cyc(Launches launches);
[[nodiscard]] MetricValue sm_active_avg_cyc(Launches launches);
[[nodiscard]] MetricValue sm_active_max_cyc(Launches launches);
[[nodiscard]] MetricValue ncu_est_speedup_counter(Launches launches);

}  // namespace fluxscope::analysis::metric_functions
