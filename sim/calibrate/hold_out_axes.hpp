#pragma once
// What the cases of traces are held out together by.

#include <cstddef>
#include <string>
#include <vector>

#include "sim/calibrate/data.hpp"

namespace fluxscope::sim {

using CaseIndices = std::vector<std::size_t>;

struct CaseAxis {
  std::string by;  ///< of HeldOutSet
  std::string (*value_of)(CalibrationCase const& one) = nullptr;
};

/// "context" (q_len, kv_len), "batch", "window", "full heads" (of all KV heads), "execution",
/// "order" and "shape" (q_heads, kv_heads, head_dim).
[[nodiscard]] std::vector<CaseAxis> const& case_axes();

/// The cases of `phase` by their value on the axis, values dealt out to at most `folds` folds in
/// the order in which they come. Empty where all have one value: there is nothing to learn them
/// from.
[[nodiscard]] std::vector<CaseIndices> folds_by(CalibrationData const& data, CaseAxis const& axis,
                                                plan::Phase phase, std::size_t folds);

}  // namespace fluxscope::sim
