#pragma once

#include "base/time_ratio.hpp"
#include "sim/step/op_times.hpp"

namespace fluxscope::sim {

[[nodiscard]] inline TimeInterval interval_of(OpTime const& time) {
  return {time.time_ns, time.low_ns, time.high_ns};
}

/// full / own, paired: both are of one model.
[[nodiscard]] inline TimeRatio speedup_over(OpTime const& full, OpTime const& own) {
  return time_ratio(interval_of(full), interval_of(own), IntervalKind::model);
}

}  // namespace fluxscope::sim
