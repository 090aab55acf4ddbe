#pragma once

#include <string>

#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// Ends of an interval of measured / predicted time.
struct RatioInterval {
  double low = 1;
  double high = 1;
};

/// The 90 % interval of a prediction that stands so towards the fitted cases, a word of
/// provenance(): beyond them it is the wider one, of cases that were predicted from shorter ones or
/// from other shapes.
[[nodiscard]] RatioInterval prediction_interval(PhaseEvidence const& evidence,
                                                std::string const& provenance);

}  // namespace fluxscope::sim
