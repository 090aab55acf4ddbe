#pragma once
// Which rows of the verdict table may be set against each other.

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

/// Rows that select the same KV bytes and blocks within this are comparisons of granularity.
inline constexpr double kEqualKvTolerance = 0.01;

/// Same phase, batch and lengths.
[[nodiscard]] bool same_shape(traces::RowRecord const& a, traces::RowRecord const& b);

/// The larger relative difference of selected KV bytes and of selected blocks, relative to `b`.
[[nodiscard]] double kv_difference(VerdictRow const& a, VerdictRow const& b);

}  // namespace fluxscope::analysis
