#include "sim/sweep/what_if.hpp"

#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "plan/decisions/gates.hpp"
#include "plan/experiment/case_summary.hpp"
#include "sim/device/layer_times.hpp"

namespace fluxscope::sim {
namespace {

LayerKey layer_key(SweepConfig const& config, SweepPoint const& point, std::int32_t full_heads) {
  bool const uniform = full_heads == 0 || full_heads == config.model.attention.kv_heads;
  return {.gpu = point.gpu,
          .phase = point.phase,
          .batch = point.batch,
          .kv_len = point.kv_len,
          .full_kv_heads = full_heads,
          .execution = uniform ? plan::Execution::layer_uniform : point.execution,
          .scheduler = point.scheduler};
}

}  // namespace

LayerCost layer_cost(SweepConfig const& config, LayerKey const& key) {
  plan::LayerPlan layer{.phase = key.phase,
                        .shape = config.model.attention,
                        .execution = key.execution,
                        .scheduler = key.scheduler};
  std::int32_t const group = layer.shape.q_heads / layer.shape.kv_heads;
  std::int32_t const q_len = key.phase == plan::Phase::prefill ? key.kv_len : 1;
  for (std::int32_t seq = 0; seq < key.batch; ++seq) {
    layer.sequences.push_back({q_len, key.kv_len});
    for (std::int32_t head = 0; head < layer.shape.q_heads; ++head) {
      layer.selections.push_back(head / group < key.full_kv_heads ? plan::Selection{}
                                                                  : config.sparse);
    }
  }
  DeviceProfile const& gpu = config.gpus[key.gpu];
  auto const work = plan::make_layer_work(layer, gpu.slots());
  auto const times = simulate_layer(work, gpu, layer.shape.head_dim, Detail::makespan);
  return {times.time_ps, work.visited_blocks, work.selected_blocks, work.kv.held_blocks};
}

std::vector<std::int32_t> layers_by_full_heads(SweepConfig const& config, SweepPoint const& point) {
  plan::Model const& model = config.model;
  std::vector<std::int32_t> counts(static_cast<std::size_t>(model.attention.kv_heads) + 1, 0);
  if (config.policies[point.policy] == "flux") {
    auto const full = static_cast<std::int32_t>(std::lround((1 - point.msr_ratio) * model.layers));
    counts.back() = full;
    counts.front() = model.layers - full;
    return counts;
  }
  auto const gates =
      plan::head_gates(model, point.msr_ratio, 1, static_cast<std::uint64_t>(point.seed));
  for (std::int32_t layer = 0; layer < model.layers; ++layer) {
    std::size_t full = 0;
    for (std::int32_t head = 0; head < model.attention.kv_heads; ++head) {
      full += gates.at(0, layer, head);
    }
    ++counts[full];
  }
  return counts;
}

void WhatIf::prepare(std::vector<SweepPoint> const& points) {
  std::set<LayerKey> needed;
  std::int32_t const heads = config_.model.attention.kv_heads;
  for (SweepPoint const& point : points) {
    auto const draw = std::tuple(point.policy, point.msr_ratio, point.seed);
    if (!counts_.contains(draw)) counts_[draw] = layers_by_full_heads(config_, point);
    Counts const& layers = counts_[draw];
    needed.insert(layer_key(config_, point, heads));
    for (std::int32_t full = 0; full <= heads; ++full) {
      if (layers[static_cast<std::size_t>(full)] > 0) {
        needed.insert(layer_key(config_, point, full));
      }
    }
  }
  std::vector<LayerKey> keys;
  for (LayerKey const& key : needed) {
    if (!costs_.contains(key)) keys.push_back(key);
  }
  std::vector<LayerCost> costs(keys.size());
  parallel_for(keys.size(), [&](std::size_t i) { costs[i] = layer_cost(config_, keys[i]); });
  for (std::size_t i = 0; i < keys.size(); ++i) costs_.emplace(keys[i], costs[i]);
}

WhatIf::Counts const& WhatIf::counts(SweepPoint const& point) const {
  auto const found = counts_.find({point.policy, point.msr_ratio, point.seed});
  expects(found != counts_.end(), "a point is prepared before its result is asked for");
  return found->second;
}

PointResult WhatIf::result(SweepPoint const& point) const {
  std::int32_t const heads = config_.model.attention.kv_heads;
  Counts const& layers = counts(point);
  LayerCost const& full = costs_.at(layer_key(config_, point, heads));
  PointResult result{.full_time_ps = full.time_ps * config_.model.layers};
  std::int64_t selected = 0;
  std::int64_t held = 0;
  std::int64_t visited = 0;
  for (std::int32_t f = 0; f <= heads; ++f) {
    std::int64_t const count = layers[static_cast<std::size_t>(f)];
    if (count == 0) continue;
    LayerCost const& cost = costs_.at(layer_key(config_, point, f));
    result.time_ps += count * cost.time_ps;
    selected += count * cost.selected_blocks;
    visited += count * cost.visited_blocks;
    held += count * cost.held_blocks;
  }
  std::int64_t const block_bytes = plan::kv_block_bytes(config_.model.attention);
  result.kv_bytes_selected = selected * block_bytes;
  result.kv_bytes_held = held * block_bytes;
  result.work_ratio = static_cast<double>(visited) /
                      (static_cast<double>(full.visited_blocks) * config_.model.layers);
  return result;
}

}  // namespace fluxscope::sim
