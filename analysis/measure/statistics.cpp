#include "analysis/measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.hpp"
#include "base/statistics.hpp"

namespace fluxscope::analysis {
namespace {

std::vector<double> sorted(std::span<double const> samples) {
  std::vector<double> result(samples.begin(), samples.end());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

double sum_of(std::span<double const> samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0);
}

double mean_of(std::span<double const> samples) {
  expects(!samples.empty(), "mean of no samples");
  return sum_of(samples) / static_cast<double>(samples.size());
}

double max_of(std::span<double const> samples) {
  expects(!samples.empty(), "maximum of no samples");
  return *std::max_element(samples.begin(), samples.end());
}

double quantile_of(std::span<double const> samples, double q) {
  expects(!samples.empty() && q > 0 && q <= 1, "quantile in (0, 1] of at least one sample");
  auto const ordered = sorted(samples);
  return ordered[nearest_rank(q, ordered.size()) - 1];
}

double variation_of(std::span<double const> samples) {
  double const mean = mean_of(samples);
  if (mean == 0) return 0;
  double squares = 0;
  for (double x : samples) squares += (x - mean) * (x - mean);
  return std::sqrt(squares / static_cast<double>(samples.size())) / mean;
}

double gini_of(std::span<double const> samples) {
  expects(!samples.empty(), "Gini coefficient of no samples");
  auto const ordered = sorted(samples);
  auto const n = static_cast<double>(ordered.size());
  double weighted = 0;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    weighted += (2 * static_cast<double>(i + 1) - n - 1) * ordered[i];
  }
  double const total = sum_of(ordered);
  return total == 0 ? 0 : weighted / (n * total);
}

double correlation_of(std::span<double const> a, std::span<double const> b) {
  expects(a.size() == b.size() && !a.empty(), "correlation of two samples of equal length");
  double const mean_a = mean_of(a);
  double const mean_b = mean_of(b);
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  if (aa == 0 || bb == 0) return std::numeric_limits<double>::quiet_NaN();
  return ab / std::sqrt(aa * bb);
}

}  // namespace fluxscope::analysis
