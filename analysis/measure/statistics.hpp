#pragma once
// Descriptive statistics of plain samples. Every function throws ContractError on an empty sample
// unless its comment says otherwise.

#include <span>
#include <vector>

namespace fluxscope::analysis {

[[nodiscard]] double sum_of(std::span<double const> samples);
[[nodiscard]] double mean_of(std::span<double const> samples);
[[nodiscard]] double max_of(std::span<double const> samples);

/// The sample of nearest_rank(q), see base/statistics.hpp. 0 < q <= 1. Sorts a copy.
[[nodiscard]] double quantile_of(std::span<double const> samples, double q);

/// Standard deviation over mean, population form (divides by n). 0 where the mean is 0.
[[nodiscard]] double variation_of(std::span<double const> samples);

/// Gini coefficient sum_i (2 i - n - 1) x_(i) / (n sum x), i from 1 over ascending samples. 0 where
/// all samples are 0.
[[nodiscard]] double gini_of(std::span<double const> samples);

/// Pearson correlation of two samples of equal length; NaN where either is constant.
[[nodiscard]] double correlation_of(std::span<double const> a, std::span<double const> b);

}  // namespace fluxscope::analysis
