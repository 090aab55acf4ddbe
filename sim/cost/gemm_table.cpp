#include "sim/cost/gemm_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "base/error.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kNsPerS = 1e9;

auto weights_of(GemmPoint const& point) { return std::pair(point.shape.n, point.shape.k); }

std::int64_t whole(std::int64_t count, std::int64_t unit) { return (count + unit - 1) / unit; }

}  // namespace

GemmTable::GemmTable(std::vector<GemmPoint> points, GemmRates rates)
    : points_(std::move(points)), rates_(rates) {
  auto const key = [](GemmPoint const& one) { return std::tuple(weights_of(one), one.shape.m); };
  std::sort(points_.begin(), points_.end(),
            [&](GemmPoint const& a, GemmPoint const& b) { return key(a) < key(b); });
  std::vector<double> ratios;
  for (std::size_t i = 1; i < points_.size(); ++i) {
    expects(key(points_[i - 1]) != key(points_[i]), "a product is measured once");
    bool const inside = i + 1 < points_.size() &&
                        weights_of(points_[i - 1]) == weights_of(points_[i]) &&
                        weights_of(points_[i]) == weights_of(points_[i + 1]);
    if (!inside) continue;
    ratios.push_back(points_[i].time_ns /
                     between(points_[i].shape, points_[i - 1], points_[i + 1]));
  }
  evidence_ = left_out(std::move(ratios));
}

double GemmTable::floor_ns(plan::GemmShape const& shape, GemmPoint const& tiles,
                           GemmRates const& rates) {
  std::int64_t const ctas =
      whole(shape.m, tiles.tile_m) * whole(shape.n, tiles.tile_n) * tiles.splits;
  auto const waves = static_cast<double>(whole(ctas, rates.sm_count));
  double const cta_flop = 2.0 * tiles.tile_m * tiles.tile_n * static_cast<double>(shape.k) /
                          static_cast<double>(tiles.splits);
  double const compute_s = waves * rates.sm_count * cta_flop / rates.flop_per_s;
  double const memory_s = static_cast<double>(plan::gemm_bytes(shape)) / rates.bytes_per_s;
  return std::max(compute_s, memory_s) * kNsPerS;
}

GemmTable::Column GemmTable::column_of(std::int64_t n, std::int64_t k) const {
  std::pair const wanted(n, k);
  auto const begin = std::lower_bound(
      points_.begin(), points_.end(), wanted,
      [&](GemmPoint const& one, auto const& value) { return weights_of(one) < value; });
  auto const end = std::upper_bound(
      begin, points_.end(), wanted,
      [&](auto const& value, GemmPoint const& one) { return value < weights_of(one); });
  return {begin, end};
}

GemmTable::Column GemmTable::nearest_column(std::int64_t n, std::int64_t k) const {
  GemmPoint const* nearest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (GemmPoint const& one : points_) {
    auto const apart = [](std::int64_t a, std::int64_t b) {
      return std::log(static_cast<double>(a) / static_cast<double>(b));
    };
    double const distance = std::hypot(apart(one.shape.n, n), apart(one.shape.k, k));
    if (distance < least) std::tie(least, nearest) = std::pair(distance, &one);
  }
  return column_of(nearest->shape.n, nearest->shape.k);
}

double GemmTable::scaled(plan::GemmShape const& shape, GemmPoint const& point) const {
  return point.time_ns * floor_ns(shape, point, rates_) / floor_ns(point.shape, point, rates_);
}

double GemmTable::between(plan::GemmShape const& shape, GemmPoint const& below,
                          GemmPoint const& above) const {
  auto const log_ratio = [&](std::int64_t m) {
    return std::log(static_cast<double>(m) / static_cast<double>(below.shape.m));
  };
  double const share = log_ratio(shape.m) / log_ratio(above.shape.m);
  return std::exp((1 - share) * std::log(scaled(shape, below)) +
                  share * std::log(scaled(shape, above)));
}

Estimate GemmTable::time(plan::GemmShape const& shape) const {
  expects(!points_.empty(), "a table of products has points");
  Column const own = column_of(shape.n, shape.k);
  Column const column = own.empty() ? nearest_column(shape.n, shape.k) : own;
  auto const above =
      std::lower_bound(column.begin(), column.end(), shape.m,
                       [](GemmPoint const& one, std::int64_t m) { return one.shape.m < m; });
  if (above != column.end() && above->shape == shape) return {above->time_ns, Standing::calibrated};
  bool const exact = above != column.end() && above->shape.m == shape.m;
  if (exact) return {scaled(shape, *above), Standing::extrapolated};
  if (above == column.end()) return {scaled(shape, column.back()), Standing::extrapolated};
  if (above == column.begin()) return {scaled(shape, column.front()), Standing::extrapolated};
  return {between(shape, *(above - 1), *above),
          own.empty() ? Standing::extrapolated : Standing::interpolated};
}

}  // namespace fluxscope::sim
