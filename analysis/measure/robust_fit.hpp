#pragma once

#include <functional>
#include <span>
#include <vector>

namespace fluxscope::analysis {

/// Range of a parameter that is positive: the fit moves its logarithm.
struct PositiveRange {
  double low = 0;
  double high = 0;
};

/// Residuals of a model at the given parameters; always as many.
using Residuals = std::function<std::vector<double>(std::span<double const> parameters)>;

/// Minimum of sum_i s^2 log(1 + (r_i / s)^2) over the parameters: residuals far above `s` lose
/// their weight (Cauchy's loss, by Levenberg-Marquardt with derivatives from differences). `scales`
/// are the values of s, taken one after the other, each from the minimum of the one before; begin
/// wide. Starts at `start`, which is clamped to `ranges`. A local minimum.
/// Throws ContractError where start and ranges differ in size or a range is not positive.
[[nodiscard]] std::vector<double> robust_fit(Residuals const& residuals, std::vector<double> start,
                                             std::span<PositiveRange const> ranges,
                                             std::span<double const> scales);

}  // namespace fluxscope::analysis
