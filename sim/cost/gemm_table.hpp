#pragma once
// Times of products Y[m, n] = X[m, k] W[n, k]^T from measured points.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/step/step_op.hpp"
#include "sim/cost/estimate.hpp"

namespace fluxscope::sim {

/// One measured product, with the tiles that its kernel cuts the output into.
struct GemmPoint {
  plan::GemmShape shape;
  double time_ns = 0;
  std::int32_t tile_m = 0;
  std::int32_t tile_n = 0;
  std::int32_t splits = 1;  ///< of k: each tile is so many CTAs
};

/// What bounds a product: see GemmTable::floor_ns().
struct GemmRates {
  std::int32_t sm_count = 0;
  double flop_per_s = 0;   ///< dense bf16 peak of the device
  double bytes_per_s = 0;  ///< peak of its memory
};

/// Tables of points (m, n, k, time), wave-aware between them. Products of a model have few (n, k),
/// its weights', and many m, the tokens of a step: a column is the points of one (n, k).
class GemmTable {
 public:
  GemmTable() = default;
  /// Points in any order, sizes and times > 0, no shape twice.
  GemmTable(std::vector<GemmPoint> points, GemmRates rates);

  [[nodiscard]] bool empty() const { return points_.empty(); }
  [[nodiscard]] std::span<GemmPoint const> points() const { return points_; }

  /// With w = ceil(ceil(m / tile_m) ceil(n / tile_n) splits / SMs) waves,
  ///   floor(m, n, k) = max(w SMs 2 tile_m tile_n (k / splits) / peak, bytes / bandwidth)
  /// is what full waves of tiles, or the memory, take at least: time goes in steps of whole waves
  /// (NVIDIA, "Matrix Multiplication Background User's Guide", tile and wave quantization). A
  /// point's time over its own floor changes slowly with m, so the time is
  ///   floor(m) (t0 / floor(m0))^(1-a) (t1 / floor(m1))^a,  a = log(m / m0) / log(m1 / m0)
  /// between the neighbours m0 < m < m1 of the column, each with its own point's tiles; the nearest
  /// neighbour's alone beyond the column's ends; of the column nearest in (log n, log k) where the
  /// weights have none of their own. Never empty.
  [[nodiscard]] Estimate time(plan::GemmShape const& shape) const;

  /// Whether the weights have points of their own.
  [[nodiscard]] bool has_weights(std::int64_t n, std::int64_t k) const {
    return !column_of(n, k).empty();
  }

  /// Of the points inside their columns.
  [[nodiscard]] LeftOut const& evidence() const { return evidence_; }

  [[nodiscard]] static double floor_ns(plan::GemmShape const& shape, GemmPoint const& tiles,
                                       GemmRates const& rates);

 private:
  using Column = std::span<GemmPoint const>;
  [[nodiscard]] Column column_of(std::int64_t n, std::int64_t k) const;
  [[nodiscard]] Column nearest_column(std::int64_t n, std::int64_t k) const;
  [[nodiscard]] double scaled(plan::GemmShape const& shape, GemmPoint const& point) const;
  [[nodiscard]] double between(plan::GemmShape const& shape, GemmPoint const& below,
                               GemmPoint const& above) const;

  std::vector<GemmPoint> points_;  // by n, k, m
  GemmRates rates_;
  LeftOut evidence_;
};

}  // namespace fluxscope::sim
