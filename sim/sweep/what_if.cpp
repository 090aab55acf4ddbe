#include "sim/sweep/what_if.hpp"

#include <algorithm>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "plan/experiment/case_summary.hpp"
#include "runs/cases/plan.hpp"
#include "sim/device/layer_times.hpp"
#include "sim/sweep/plain_order.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::int64_t kNeeded = -2;  // LayerCost::time_ps of a layer that waits

/// sum += layers x value.
void add(std::int64_t& sum, std::int64_t layers, std::int64_t value, char const* what) {
  sum = checked_sum(sum, checked_product(layers, value, what), what);
}

LayerCost simulate_case(plan::Case const& layer_case, DeviceProfile const& gpu) {
  plan::LayerWork work;
  try {
    work = runs::plan_case(layer_case.plan, gpu.slots(), gpu.spec.memory_bytes);
  } catch (InputError const& error) {
    throw InputError("sweep on " + gpu.spec.name + ", case " + layer_case.name + ": " +
                     error.what());
  }
  auto const times = simulate_layer(work, gpu, layer_case.plan.shape.head_dim, Detail::makespan);
  auto const summary = plan::summarize(layer_case, work);
  return {.time_ps = times.time_ps,
          .selected_blocks = summary.selected_blocks,
          .full_blocks = summary.full_blocks,
          .kv_bytes_selected = summary.kv_bytes_selected,
          .kv_bytes_held = summary.kv_bytes_held};
}

}  // namespace

plan::Batch WhatIf::batch(SweepPoint const& point) const {
  std::int32_t const q_len = point.phase == plan::Phase::prefill ? point.kv_len : 1;
  return {.phase = point.phase, .requests = point.batch, .shape = {q_len, point.kv_len}};
}

WhatIf::Draw const& WhatIf::add_draw(SweepPoint const& point) {
  auto const [at, is_new] = draws_.try_emplace({point.policy, point.msr_ratio, point.seed});
  Draw& draw = at->second;
  if (!is_new) return draw;
  draw.policy = point_policy(config_, point);
  plan::Gates const gates = draw.policy.gates(1);
  expects(gates.requests == 1, "a sweep's requests share their decisions");
  std::map<std::uint32_t, std::int32_t> counts;
  for (std::int32_t layer = 0; layer < gates.layers; ++layer) {
    std::string row;
    for (std::int32_t head = 0; head < gates.kv_heads; ++head) {
      row += gates.at(0, layer, head) != 0 ? '1' : '0';
    }
    auto const number = static_cast<std::uint32_t>(gates_.size());
    draw.rows.push_back(gates_.try_emplace(row, number).first->second);
    ++counts[draw.rows.back()];
  }
  draw.layers.assign(counts.begin(), counts.end());
  return draw;
}

void WhatIf::need(std::uint8_t gpu, Case layer) {
  costs_.resize(config_.gpus.size());
  auto& costs = costs_[gpu];
  auto const index = static_cast<std::size_t>(layer);
  if (index >= costs.size()) costs.resize(index + 1);
  if (costs[index].time_ps != -1) return;
  costs[index].time_ps = kNeeded;
  needed_.emplace_back(gpu, layer);
}

void WhatIf::add_cases(SweepPoint const& point, Draw const& draw) {
  auto& cases = cases_of_[{point.phase, point.batch, point.kv_len, point.policy, point.execution,
                           point.scheduler}];
  cases.resize(gates_.size(), kNoCase);
  bool const known = std::all_of(draw.layers.begin(), draw.layers.end(),
                                 [&](auto const& row) { return cases[row.first] != kNoCase; });
  if (!known) {
    auto const layers = plan::policy_layers(config_.model, batch(point), draw.policy);
    for (std::size_t layer = 0; layer < draw.rows.size(); ++layer) {
      Case& id = cases[draw.rows[layer]];
      if (id != kNoCase) continue;
      plan::LayerPlan one = layers.of_layer[layer];
      one.execution = point.execution;
      one.scheduler = point.scheduler;
      id = cases_.id_of(in_plain_order(plan::canonical(std::move(one))));
    }
  }
  for (auto const& [row, count] : draw.layers) need(point.gpu, cases[row]);
}

void WhatIf::add_full_cases(SweepPoint const& point) {
  Shape& shape = shapes_[{point.phase, point.batch, point.kv_len}];
  if (shape.full.empty()) {
    auto const [phase, requests, sequence] = batch(point);
    plan::LayerPlan full{.phase = phase,
                         .shape = config_.model.attention,
                         .sequences = std::vector(static_cast<std::size_t>(requests), sequence),
                         .selections = std::vector<plan::Selection>(static_cast<std::size_t>(
                             std::int64_t{requests} * config_.model.attention.q_heads))};
    auto const& executions = config_.executions;
    bool const balanced = std::find(executions.begin(), executions.end(),
                                    plan::Execution::balanced) != executions.end();
    for (plan::Scheduler const scheduler : config_.schedulers) {
      full.scheduler = scheduler;
      full.execution = plan::Execution::layer_uniform;
      shape.full.push_back(cases_.id_of(full));
      if (!balanced) continue;
      full.execution = plan::Execution::balanced;
      shape.full.push_back(cases_.id_of_exactly(full));
    }
  }
  for (Case const layer : shape.full) need(point.gpu, layer);
}

void WhatIf::simulate_needed() {
  auto const& cases = cases_.cases();
  std::vector<LayerCost> found(needed_.size());
  parallel_for(needed_.size(), [&](std::size_t i) {
    auto const [gpu, layer] = needed_[i];
    found[i] = simulate_case(cases[static_cast<std::size_t>(layer)], config_.gpus[gpu]);
  });
  for (std::size_t i = 0; i < needed_.size(); ++i) {
    auto const [gpu, layer] = needed_[i];
    costs_[gpu][static_cast<std::size_t>(layer)] = found[i];
  }
  known_layers_ += needed_.size();
  needed_.clear();
}

void WhatIf::prepare(std::vector<SweepPoint> const& points) {
  for (SweepPoint const& point : points) {
    add_cases(point, add_draw(point));
    add_full_cases(point);
  }
  simulate_needed();
}

LayerCost const& WhatIf::cost(std::uint8_t gpu, Case layer) const {
  return costs_[gpu][static_cast<std::size_t>(layer)];
}

PointResult WhatIf::result(SweepPoint const& point) const {
  auto const draw = draws_.find({point.policy, point.msr_ratio, point.seed});
  auto const cases = cases_of_.find(
      {point.phase, point.batch, point.kv_len, point.policy, point.execution, point.scheduler});
  auto const shape = shapes_.find({point.phase, point.batch, point.kv_len});
  expects(draw != draws_.end() && cases != cases_of_.end() && shape != shapes_.end(),
          "a point is prepared before its result is asked for");
  PointResult result;
  std::int64_t selected_blocks = 0;
  std::int64_t full_blocks = 0;
  for (auto const& [row, layers] : draw->second.layers) {
    LayerCost const& one = cost(point.gpu, cases->second[row]);
    add(result.time_ps, layers, one.time_ps, "picoseconds of a point");
    add(result.kv_bytes_selected, layers, one.kv_bytes_selected, "KV bytes of a point");
    add(result.kv_bytes_held, layers, one.kv_bytes_held, "KV bytes of a point");
    add(selected_blocks, layers, one.selected_blocks, "blocks of a point");
    add(full_blocks, layers, one.full_blocks, "blocks of a point");
  }
  for (Case const full : shape->second.full) {
    std::int64_t const time_ps = checked_product(
        config_.model.layers, cost(point.gpu, full).time_ps, "picoseconds of a full model");
    result.full.add(static_cast<double>(time_ps) / 1e3);
  }
  result.ideal_speedup_ratio = ideal_speedup(full_blocks, selected_blocks);
  return result;
}

}  // namespace fluxscope::sim
