#pragma once
// What each row of the verdict table is set against.

#include <span>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

/// Sets the speed-ups over the rows of the same shape that read everything:
/// VerdictRow::speedup_same_scheduler (rows of level full), speedup_best_full with its ends,
/// efficiency_ratio.
void relate_to_full(std::span<VerdictRow> rows, IntervalKind kind);

/// Sets what head rows are against the layer row of the same shape with the nearest KV:
/// VerdictRow::layer_row, over_layer, equal_kv, and a note where that is not equal.
void relate_to_layer(std::span<VerdictRow> rows, IntervalKind kind);

}  // namespace fluxscope::analysis
