#include "sim/sm/launch_times.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "plan/layer/schedule.hpp"
#include "sim/sm/launch_bound.hpp"
#include "sim/sm/shared_rates.hpp"
#include "sim/sm/tile_source.hpp"
#include "sim/sm/winner_tree.hpp"

namespace fluxscope::sim {
namespace {

void check(plan::WorkList const& list, LaunchModel const& model) {
  expects(model.sm_count >= 1 && model.ctas_per_sm >= 1, "a device has slots");
  for (CostField const& field : kCostFields) {
    double const value = model.cost.*field.member;
    expects(value >= 0 && value <= 1e9, "a cost is at least 0 and at most a second");
  }
  if (list.scheduler == plan::Scheduler::balanced_split) {
    expects(list.cta_begin.size() == static_cast<std::size_t>(list.grid_ctas) + 1,
            "balanced_split has a share per CTA");
  }
}

/// Time per block where the number of sharing CTAs does not matter.
double constant_block_ns(LaunchModel const& model) {
  return std::max(model.cost.block_ns, model.cost.shared_block_ns);
}

std::int64_t duration_ps(plan::Tile const& tile, FixedTimes const& fixed, double block_ps) {
  return fixed.of(tile) + std::llround(plan::visited_blocks(tile) * block_ps);
}

LaunchTimes list_times(plan::WorkList const& list, LaunchModel const& model, Detail detail) {
  FixedTimes const fixed(model.cost);
  double const block_ps = constant_block_ns(model) * 1e3;
  std::uint32_t const slots = used_slots(list, model);
  WinnerTree free(slots);
  for (std::uint32_t slot = 0; slot < slots; ++slot) free.set(slot, slot * fixed.dispatch_ps);
  TileSource source(list, slots);
  SpanRecorder recorder(list, slots, detail);
  TileSource::Step step;
  while (free.time() < WinnerTree::kNever) {
    std::uint32_t const slot = free.winner();
    if (!source.take(slot, step)) {
      free.set(slot, WinnerTree::kNever);
      continue;
    }
    std::int64_t const begin = free.time() + (step.new_cta ? fixed.start_ps : 0);
    std::int64_t const end = begin + duration_ps(list.tiles[step.tile], fixed, block_ps);
    recorder.begin(step, slot, begin);
    recorder.end(step.tile, step.cta, slot, end);
    free.set(slot, end);
  }
  return recorder.take();
}

/// Slots become free in the order in which they were taken: tile i runs on slot i % slots.
LaunchTimes equal_tile_times(plan::WorkList const& list, LaunchModel const& model, Detail detail) {
  FixedTimes const fixed(model.cost);
  auto const tiles = static_cast<std::uint32_t>(list.tiles.size());
  auto const slots = used_slots(list, model);
  auto const duration = duration_ps(list.tiles[0], fixed, constant_block_ns(model) * 1e3);
  SpanRecorder recorder(list, slots, detail);
  auto const run = [&](std::uint32_t tile) {
    std::uint32_t const slot = tile % slots;
    std::int64_t const begin =
        slot * fixed.dispatch_ps + fixed.start_ps + tile / slots * (fixed.start_ps + duration);
    recorder.begin({tile, tile, true}, slot, begin);
    recorder.end(tile, tile, slot, begin + duration);
  };
  // The last CTA of some slot ends last: one whole wave from the end covers all slots.
  std::uint32_t const first = detail == Detail::spans || tiles < slots ? 0 : tiles - slots;
  for (std::uint32_t tile = first; tile < tiles; ++tile) run(tile);
  return recorder.take();
}

bool all_tiles_equal(plan::WorkList const& list) {
  plan::Tile const& first = list.tiles[0];
  return std::all_of(list.tiles.begin(), list.tiles.end(), [&](plan::Tile const& tile) {
    return plan::visited_blocks(tile) == plan::visited_blocks(first) &&
           (tile.num_splits > 1) == (first.num_splits > 1);
  });
}

}  // namespace

Method choose_method(plan::WorkList const& list, LaunchModel const& model) {
  check(list, model);
  bool const shared =
      most_sharing(list, model) * model.cost.shared_block_ns > constant_block_ns(model);
  if (shared || nested_rates(model)) return Method::shared_rates;
  if (!plan::one_tile_per_cta(list.scheduler) || list.tiles.empty() || !all_tiles_equal(list)) {
    return Method::list;
  }
  FixedTimes const fixed(model.cost);
  auto const duration = duration_ps(list.tiles[0], fixed, constant_block_ns(model) * 1e3);
  // With dispatch slower than tiles the first slot is free again before the last has started.
  bool const cyclic = used_slots(list, model) * fixed.dispatch_ps <= duration + fixed.start_ps;
  return cyclic ? Method::equal_tiles : Method::list;
}

LaunchTimes simulate_launch_by(Method method, plan::WorkList const& list, LaunchModel const& model,
                               Detail detail) {
  check(list, model);
  if (list.tiles.empty() || list.grid_ctas == 0) return {};
  refuse_endless_launch(list, model);
  switch (method) {
    case Method::equal_tiles:
      return equal_tile_times(list, model, detail);
    case Method::list:
      return list_times(list, model, detail);
    case Method::shared_rates:
      return shared_rate_times(list, model, detail);
  }
  throw ContractError("a method without a function");
}

LaunchTimes simulate_launch(plan::WorkList const& list, LaunchModel const& model, Detail detail) {
  return simulate_launch_by(choose_method(list, model), list, model, detail);
}

}  // namespace fluxscope::sim
