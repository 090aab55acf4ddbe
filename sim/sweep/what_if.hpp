#pragma once
// Attention time of a whole model under gates, for many points that share layers.

#include <compare>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "sim/sweep/points.hpp"

namespace fluxscope::sim {

/// One distinct layer of a sweep. KV heads [0, full_kv_heads) are full, the others sparse: where in
/// the layer the full heads are changes the order of equal tiles only.
struct LayerKey {
  std::uint8_t gpu = 0;
  plan::Phase phase = plan::Phase::prefill;
  std::int32_t batch = 0;
  std::int32_t kv_len = 0;
  std::int32_t full_kv_heads = 0;  ///< of one request
  plan::Execution execution = plan::Execution::layer_uniform;
  plan::Scheduler scheduler = plan::Scheduler::natural;

  friend auto operator<=>(LayerKey const&, LayerKey const&) = default;
};

struct LayerCost {
  std::int64_t time_ps = 0;
  std::int64_t visited_blocks = 0;
  std::int64_t selected_blocks = 0;
  std::int64_t held_blocks = 0;
};

[[nodiscard]] LayerCost layer_cost(SweepConfig const& config, LayerKey const& key);

/// Layers of a point by their full KV heads: count[f] layers have f. flux: round((1 - MSR) layers)
/// full ones; head_dynamic: plan::head_gates' draw.
[[nodiscard]] std::vector<std::int32_t> layers_by_full_heads(SweepConfig const& config,
                                                             SweepPoint const& point);

/// Attention of all layers of one point.
struct PointResult {
  std::int64_t time_ps = 0;
  std::int64_t full_time_ps = 0;  ///< the same with every head full
  std::int64_t kv_bytes_selected = 0;
  std::int64_t kv_bytes_held = 0;
  double work_ratio = 0;  ///< visited blocks / those with every head full
};

/// Computes each distinct layer once and keeps it.
class WhatIf {
 public:
  explicit WhatIf(SweepConfig const& config) : config_(config) {}

  /// Computes what `points` need and is not known yet, on all cores.
  void prepare(std::vector<SweepPoint> const& points);
  /// The result of a prepared point.
  [[nodiscard]] PointResult result(SweepPoint const& point) const;
  [[nodiscard]] std::size_t known_layers() const { return costs_.size(); }

 private:
  using Counts = std::vector<std::int32_t>;
  [[nodiscard]] Counts const& counts(SweepPoint const& point) const;

  SweepConfig const& config_;
  std::map<LayerKey, LayerCost> costs_;
  std::map<std::tuple<std::uint8_t, double, std::int64_t>, Counts> counts_;
};

}  // namespace fluxscope::sim
