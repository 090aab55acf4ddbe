#pragma once
// Time of moving bytes, from measured points.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/cost/estimate.hpp"

namespace fluxscope::sim {

struct RatePoint {
  std::int64_t bytes = 0;
  double time_ns = 0;
};

/// An operation's time by the bytes that it moves: a fixed time where they are few, bytes over
/// bandwidth where they are many, and between the two a smooth bend, as the memory saturates.
class RateCurve {
 public:
  RateCurve() = default;
  /// At least two points, bytes strictly ascending, bytes and times > 0.
  explicit RateCurve(std::vector<RatePoint> points);

  [[nodiscard]] bool empty() const { return points_.empty(); }
  [[nodiscard]] std::span<RatePoint const> points() const { return points_; }

  /// Between points, the monotone cubic of log time over log bytes through them (Fritsch and
  /// Carlson, SIAM J. Numer. Anal. 17, 1980). Below the first point, its time; beyond the last
  /// one, fixed + bytes / bandwidth by the last two, never less than the last.
  [[nodiscard]] Estimate time(std::int64_t bytes) const;

  /// measured / predicted of each point but the ends, predicted without it.
  [[nodiscard]] std::vector<double> left_out_ratios() const;

 private:
  [[nodiscard]] double between(std::size_t below, double log_bytes) const;

  std::vector<RatePoint> points_;
  std::vector<double> x_;       // log bytes
  std::vector<double> y_;       // log time
  std::vector<double> slopes_;  // dy/dx at the points
};

}  // namespace fluxscope::sim
