#pragma once
// From the gain of attention to the gain of a step.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/measure/step_budget.hpp"

namespace fluxscope::analysis {

/// A step against the one that reads everything: same lengths, mode, chunk and ranks. gains_ns sum
/// to full_ns - time_ns exactly.
struct StepGain {
  std::optional<std::uint32_t> full_step;
  double full_ns = 0;
  double time_ns = 0;
  std::array<double, kStepParts> gains_ns{};  ///< full - step, by StepPart
  double attention_speedup = 0;               ///< full / step, of part attention
  double step_speedup = 0;
  bool known = false;
  std::string reason;  ///< why there are no parts, else empty
};

/// Gains of all steps, by step_id; `budgets` as well. The full step under the step's own scheduler,
/// else the quickest other.
[[nodiscard]] std::vector<StepGain> step_gains(traces::Trace const& trace,
                                               std::span<StepBudget const> budgets);

}  // namespace fluxscope::analysis
