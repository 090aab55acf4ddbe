#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/measure/launch_measure.hpp"

namespace fluxscope::analysis {

/// Time that the same tiles would save if every SM ended together (LaunchMeasure::level), over
/// launches that ran one after the other. Launches that are already level save 0, not less. The
/// uncertainty (68 %) is summed over launches: they share one model.
struct BalanceSaving {
  std::optional<double> saving_ns;  ///< nullopt: a launch is not resolved
  double u_ns = 0;
  double window_ns = 0;  ///< sum of the windows that it is saved from
  bool shared = false;   ///< some launch's SMs share a limit: less than the tail area is lost
  std::string reason;    ///< why there is none, else empty
};

[[nodiscard]] BalanceSaving balance_saving(std::span<LaunchMeasure const> launches);

}  // namespace fluxscope::analysis
