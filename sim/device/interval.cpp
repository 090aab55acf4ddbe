#include "sim/device/interval.hpp"

#include <algorithm>

#include "sim/cost/estimate.hpp"

namespace fluxscope::sim {

RatioInterval prediction_interval(PhaseEvidence const& evidence, std::string const& provenance) {
  RatioInterval interval{evidence.low_ratio, evidence.high_ratio};
  if (provenance != to_text(Standing::extrapolated)) return interval;
  if (evidence.beyond_low_ratio > 0)
    interval.low = std::min(interval.low, evidence.beyond_low_ratio);
  interval.high = std::max(interval.high, evidence.beyond_high_ratio);
  return interval;
}

}  // namespace fluxscope::sim
