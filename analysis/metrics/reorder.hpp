#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/measure/launch_measure.hpp"

namespace fluxscope::analysis {

/// What another order of the same items would give: list scheduling of the recorded durations on
/// the P R slots, longest first, launches one after the other.
struct ReorderBound {
  std::optional<double> longest_first_ratio;  ///< makespan / windows; below 1: order alone saves
  std::optional<double> lower_bound_ratio;    ///< M13: no order is quicker
  std::string note;  ///< durations taken as group means, or why there is no value
};

/// Durations are taken as independent of order and neighbours: an estimate, not a prediction.
/// Dispatch time between items is not in it. More than 2 million items: no value.
[[nodiscard]] ReorderBound reorder_bound(std::span<LaunchMeasure const> launches);

}  // namespace fluxscope::analysis
