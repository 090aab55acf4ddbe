#pragma once
// Which rows a fit sees, which it does not, and what its errors there are.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/device/profile.hpp"
#include "sim/times/table.hpp"

namespace fluxscope::sim {

using RowIndices = std::vector<std::size_t>;

/// At most `count` of `rows`, as many of each octave of measured time as of any other where there
/// are so many, drawn at random under one seed: neither the launch floor nor the longest kernels
/// rule the fit. Ascending.
[[nodiscard]] RowIndices spread_over_times(TimesTable const& table, RowIndices const& rows,
                                           std::size_t count);

/// What rows are held out together by.
struct HoldOutAxis {
  std::string by;
  std::function<std::string(TimedRow const&)> group_of;
};
/// "shape" (q_heads, kv_heads, head_dim), "batch", "context" (q_len, kv_len), "window".
[[nodiscard]] std::vector<HoldOutAxis> hold_out_axes();

/// The groups of `rows` dealt out to at most `folds` folds; fewer than two where there is one
/// group.
[[nodiscard]] std::vector<RowIndices> folds_by(TimesTable const& table, RowIndices const& rows,
                                               HoldOutAxis const& axis, std::size_t folds);

/// A row's prediction by a fit that did not see it.
struct HeldOutRow {
  std::size_t row = 0;
  std::size_t fold = 0;
  double predicted_ratio = 1;  ///< predicted / measured
};

/// Puts the errors of `rows`, of which there are some, into `set`. Coverage: of the split-conformal
/// 90 % interval of the rows in other folds; where there is one fold, of `interval_rows`. NaN where
/// neither exists.
void add_errors(HeldOutSet& set, std::span<HeldOutRow const> rows,
                std::span<HeldOutRow const> interval_rows);

/// add_errors() of the rows of `phase` above `over_ns`; no cases where there are none.
[[nodiscard]] HeldOutSet held_out_set(std::string const& by, plan::Phase phase, double over_ns,
                                      TimesTable const& table, std::span<HeldOutRow const> rows,
                                      std::span<HeldOutRow const> interval_rows);

}  // namespace fluxscope::sim
