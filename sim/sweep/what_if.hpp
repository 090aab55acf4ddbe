#pragma once
// Attention time of a whole model under policies, for many points that share layers.

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/speedup.hpp"
#include "plan/experiment/case_table.hpp"
#include "plan/experiment/policy_layers.hpp"
#include "sim/sweep/points.hpp"

namespace fluxscope::sim {

/// One simulated layer.
struct LayerCost {
  std::int64_t time_ps = -1;  ///< -1: not simulated
  std::int64_t selected_blocks = 0;
  std::int64_t full_blocks = 0;
  std::int64_t kv_bytes_selected = 0;
  std::int64_t kv_bytes_held = 0;
};

/// Attention of all layers of one point.
struct PointResult {
  std::int64_t time_ps = 0;
  FullReference full;  ///< over the sweep's schedulers, and its splits by work if it has any
  std::int64_t kv_bytes_selected = 0;
  std::int64_t kv_bytes_held = 0;
  double ideal_speedup_ratio = 0;
};

/// Makes each point's layers as an experiment does (plan::Policy, plan::policy_layers), simulates
/// each distinct plan once per GPU and keeps it.
class WhatIf {
 public:
  explicit WhatIf(SweepConfig const& config) : config_(config) {}

  /// Simulates what `points` need and is not known yet, on all cores.
  void prepare(std::vector<SweepPoint> const& points);
  /// The result of a prepared point.
  [[nodiscard]] PointResult result(SweepPoint const& point) const;
  /// Plans that differ in their times, over all GPUs.
  [[nodiscard]] std::size_t known_layers() const { return known_layers_; }

 private:
  using Case = std::int64_t;  // index of a plan in cases_; kNoCase
  static constexpr Case kNoCase = -1;

  /// What the decisions of a policy, an MSR and a seed make of the model's layers.
  struct Draw {
    plan::Policy policy;
    std::vector<std::pair<std::uint32_t, std::int32_t>> layers;  ///< gates_ row, how many of it
    std::vector<std::uint32_t> rows;                             ///< [layers] gates_ row
  };
  /// What a layer's plan depends on beside its gates.
  using Setting = std::tuple<plan::Phase, std::int32_t, std::int32_t, std::uint8_t, plan::Execution,
                             plan::Scheduler>;
  struct Shape {
    std::vector<Case> full;  ///< every head full: FullReference of the sweep
  };

  Draw const& add_draw(SweepPoint const& point);
  void add_cases(SweepPoint const& point, Draw const& draw);
  void add_full_cases(SweepPoint const& point);
  void need(std::uint8_t gpu, Case layer);
  void simulate_needed();
  [[nodiscard]] plan::Batch batch(SweepPoint const& point) const;
  [[nodiscard]] LayerCost const& cost(std::uint8_t gpu, Case layer) const;

  SweepConfig const& config_;
  std::map<std::tuple<std::uint8_t, double, std::int64_t>, Draw> draws_;
  std::map<std::string, std::uint32_t> gates_;     // of a layer's KV heads, '1' full, numbered
  std::map<Setting, std::vector<Case>> cases_of_;  // [gates_ row]
  std::map<std::tuple<plan::Phase, std::int32_t, std::int32_t>, Shape> shapes_;
  plan::CaseTable cases_;
  std::vector<std::vector<LayerCost>> costs_;          // [gpus][cases_]
  std::vector<std::pair<std::uint8_t, Case>> needed_;  // not simulated yet
  std::size_t known_layers_ = 0;
};

}  // namespace fluxscope::sim
