#pragma once
// How long a launch would take if the same tiles kept every SM busy to one common end.

#include <span>

#include "analysis/formula_row.hpp"
#include "analysis/measure/launch_measure.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// A fit needs so many launches that keep different numbers of SMs active (in whole SMs, mean over
/// the window), one of them at least half of the device.
inline constexpr std::size_t kLeastLaunchesOfAFit = 8;

/// Launches that the model misses by more than this (68 % quantile of |residual|) are not resolved.
inline constexpr double kWidestSpread = 0.10;

/// Sets LaunchMeasure::level of every attention launch of `measures` (by case_id). One rate model
/// is fitted for each op, kernel, group of query heads, head_dim and CTAs per SM, over all their
/// analysed launches; launches of equal lengths and batch also share a speed factor, for clocks
/// follow the power that they draw. A straight line is preferred unless the bent model is clearly
/// better: then nothing that SMs share was seen, and what a launch's tail holds is lost time.
void set_level_windows(traces::Trace const& trace, std::span<CaseMeasure> measures);

/// The rate model's symbols, for docs/formulas.md.
[[nodiscard]] std::span<FormulaRow const> level_window_formulas();

}  // namespace fluxscope::analysis
