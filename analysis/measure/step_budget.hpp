#pragma once
// What the time of a step is made of.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/formula_row.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// Order of StepBudget::parts_ns and of step_formulas().
enum class StepPart : std::uint8_t {
  attention,  ///< launches of the layers' cases but the selection: attention and its merges
  selection,  ///< what is counted as selection: router, plan_gpu, scores, copies
  gaps,       ///< the step's time in which none of its launches ran: launching, and the host
  other,      ///< everything else: products, norms, rotary embedding, collectives, head
  count,
};
inline constexpr auto kStepParts = static_cast<std::size_t>(StepPart::count);

/// All launches of one operation in a step.
struct OpSum {
  std::string op;
  std::uint32_t launches = 0;
  double time_ns = 0;
};

/// time = sum of the parts, exactly: gaps are what no launch accounts for.
struct StepBudget {
  double time_ns = 0;
  std::array<double, kStepParts> parts_ns{};
  std::vector<OpSum> ops;  ///< in the order of their first launches
  bool known = false;
  std::string reason;  ///< why the parts are not known, else empty
};

/// Budgets of all steps, by step_id.
[[nodiscard]] std::vector<StepBudget> step_budgets(traces::Trace const& trace);

/// Name, unit, formula and meaning of each part, and of the gains.
[[nodiscard]] std::span<FormulaRow const> step_formulas();

}  // namespace fluxscope::analysis
