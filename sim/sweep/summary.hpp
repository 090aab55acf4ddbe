#pragma once

#include <string>

#include "sim/sweep/file.hpp"

namespace fluxscope::sim {

/// One line per GPU, phase, batch, policy and MSR > 0: the break-even context (the shortest from
/// which the best execution and scheduler beat full attention at every longer context; "-" where
/// there is none), and at the longest context the best and the worst execution and scheduler.
[[nodiscard]] std::string sweep_summary_text(SweepTable const& table);
/// The same with full numbers.
[[nodiscard]] std::string sweep_summary_csv(SweepTable const& table);

}  // namespace fluxscope::sim
