#include "sim/cost/rate_curve.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"

namespace fluxscope::sim {
namespace {

/// Slopes at the points of a monotone cubic, from those of the pieces: a weighted harmonic mean, 0
/// where they change their sign; a piece's own at the ends.
std::vector<double> monotone_slopes(std::vector<double> const& x, std::vector<double> const& y) {
  std::vector<double> pieces;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    pieces.push_back((y[i + 1] - y[i]) / (x[i + 1] - x[i]));
  }
  std::vector<double> slopes(x.size(), pieces.front());
  slopes.back() = pieces.back();
  for (std::size_t i = 1; i + 1 < x.size(); ++i) {
    if (pieces[i - 1] * pieces[i] <= 0) {
      slopes[i] = 0;
      continue;
    }
    double const before = x[i] - x[i - 1];
    double const after = x[i + 1] - x[i];
    double const w0 = 2 * after + before;
    double const w1 = after + 2 * before;
    slopes[i] = (w0 + w1) / (w0 / pieces[i - 1] + w1 / pieces[i]);
  }
  return slopes;
}

}  // namespace

RateCurve::RateCurve(std::vector<RatePoint> points) : points_(std::move(points)) {
  expects(points_.size() >= 2, "a curve has two points");
  for (std::size_t i = 0; i < points_.size(); ++i) {
    expects(points_[i].bytes > 0 && points_[i].time_ns > 0, "bytes take time");
    expects(i == 0 || points_[i - 1].bytes < points_[i].bytes, "points ascend");
    x_.push_back(std::log(static_cast<double>(points_[i].bytes)));
    y_.push_back(std::log(points_[i].time_ns));
  }
  slopes_ = monotone_slopes(x_, y_);
}

double RateCurve::between(std::size_t below, double log_bytes) const {
  double const width = x_[below + 1] - x_[below];
  double const t = (log_bytes - x_[below]) / width;
  double const s = 1 - t;
  return std::exp((1 + 2 * t) * s * s * y_[below] + t * s * s * width * slopes_[below] +
                  t * t * (3 - 2 * t) * y_[below + 1] - t * t * s * width * slopes_[below + 1]);
}

Estimate RateCurve::time(std::int64_t bytes) const {
  expects(!points_.empty(), "a curve has points");
  auto const at =
      std::lower_bound(points_.begin(), points_.end(), bytes,
                       [](RatePoint const& one, std::int64_t value) { return one.bytes < value; });
  if (at != points_.end() && at->bytes == bytes) return {at->time_ns, Standing::calibrated};
  if (at == points_.begin()) return {at->time_ns, Standing::extrapolated};
  if (at != points_.end()) {
    auto const below = static_cast<std::size_t>(at - points_.begin()) - 1;
    return {between(below, std::log(static_cast<double>(bytes))), Standing::interpolated};
  }
  RatePoint const& last = points_.back();
  RatePoint const& before = points_[points_.size() - 2];
  double const per_byte =
      (last.time_ns - before.time_ns) / static_cast<double>(last.bytes - before.bytes);
  double const more = static_cast<double>(bytes - last.bytes) * std::max(0.0, per_byte);
  return {last.time_ns + more, Standing::extrapolated};
}

std::vector<double> RateCurve::left_out_ratios() const {
  std::vector<double> ratios;
  for (std::size_t i = 1; i + 1 < points_.size(); ++i) {
    auto others = points_;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    ratios.push_back(points_[i].time_ns / RateCurve(others).time(points_[i].bytes).time_ns);
  }
  return ratios;
}

}  // namespace fluxscope::sim
