#pragma once
// Split-conformal 90 % intervals of measured / predicted time.

#include <cstddef>
#include <span>
#include <vector>

#include "sim/device/interval.hpp"

namespace fluxscope::sim {

/// The order statistics of `ratios` of rank floor(0.05 (n + 1)) and ceil(0.95 (n + 1)), held inside
/// the sample (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018). 1 to 1 of none.
[[nodiscard]] RatioInterval conformal_interval(std::vector<double> ratios);

/// measured / predicted of a case whose group the fit behind the prediction did not see.
struct GroupedRatio {
  double ratio = 1;
  std::size_t group = 0;
};

/// The same where the next case is of a new group: every group weighs alike, however many cases it
/// has, and the new one as much as any (Dunn, Wasserman and Ramdas 2023, pooled). With one case per
/// group these are conformal_interval()'s ends.
[[nodiscard]] RatioInterval group_conformal_interval(std::span<GroupedRatio const> ratios);

/// Share of `ratios` inside the interval of all groups but their own. NaN where there are fewer
/// than two groups.
[[nodiscard]] double leave_group_out_coverage(std::span<GroupedRatio const> ratios);

}  // namespace fluxscope::sim
