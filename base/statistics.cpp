#include "base/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.hpp"

namespace fluxscope {

std::size_t nearest_rank(double q, std::size_t count) {
  expects(q >= 0 && q <= 1 && count >= 1, "a quantile in [0, 1] of at least one sample");
  auto const rank =
      static_cast<std::size_t>(std::max(std::ceil(q * static_cast<double>(count) - 1e-9), 1.0));
  return std::min(rank, count);
}

double median(std::span<double const> samples) {
  expects(!samples.empty(), "median of no samples");
  std::vector<double> ordered(samples.begin(), samples.end());
  std::sort(ordered.begin(), ordered.end());
  auto const half = ordered.size() / 2;
  if (ordered.size() % 2 == 1) return ordered[half];
  return (ordered[half - 1] + ordered[half]) / 2;
}

}  // namespace fluxscope
