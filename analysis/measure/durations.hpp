#pragma once
// Durations of the work items (CTAs, or tiles where CTAs run several) of one or more launches.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// Where durations came from.
enum class DurationSource : std::uint8_t {
  none,    ///< neither rows nor groups are in the trace
  rows,    ///< every item: /cta or /work
  groups,  ///< /tile_times: count, mean, min, p50, p99, max per number of visited blocks
};

/// A value that is known to lie within [low, high].
struct BoundedValue {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Work-item durations in nanoseconds. Exact where every item was kept; otherwise what the groups
/// of /tile_times still determine.
class Durations {
 public:
  void add_row(double duration_ns) { rows_.push_back(duration_ns); }
  void add_group(traces::TileTimeRecord const& group) { groups_.push_back(group); }

  [[nodiscard]] DurationSource source() const;
  [[nodiscard]] std::span<double const> rows() const { return rows_; }
  [[nodiscard]] std::span<traces::TileTimeRecord const> groups() const { return groups_; }

  [[nodiscard]] double count() const;
  [[nodiscard]] double sum_ns() const;
  [[nodiscard]] double max_ns() const;

  /// The q-quantile, 0 < q <= 1. From groups: the mixture of the groups' distributions lies between
  /// two step functions, so the quantile is bounded; `value` is the middle of the bounds.
  [[nodiscard]] BoundedValue quantile_ns(double q) const;

 private:
  std::vector<double> rows_;
  std::vector<traces::TileTimeRecord> groups_;
};

}  // namespace fluxscope::analysis
