#pragma once
// Which tile a slot runs next: the schedulers of the plan, in one place.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "plan/layer/work_list.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

[[nodiscard]] inline std::int64_t picoseconds(double ns) { return std::llround(ns * 1e3); }

/// A tile's time before and beside its blocks.
struct FixedTimes {
  explicit FixedTimes(KernelCost const& cost)
      : dispatch_ps(picoseconds(cost.cta_dispatch_ns)),
        start_ps(picoseconds(cost.cta_start_ns)),
        whole_ps(picoseconds(cost.tile_ns)),
        part_ps(picoseconds(cost.tile_ns + cost.split_ns)) {}

  [[nodiscard]] std::int64_t of(plan::Tile const& tile) const {
    return tile.num_splits > 1 ? part_ps : whole_ps;
  }

  std::int64_t dispatch_ps;
  std::int64_t start_ps;
  std::int64_t whole_ps;
  std::int64_t part_ps;
};

/// Slots the launch can use at once.
[[nodiscard]] inline std::uint32_t used_slots(plan::WorkList const& list,
                                              LaunchModel const& model) {
  auto const slots = std::int64_t{model.sm_count} * model.ctas_per_sm;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(slots, list.grid_ctas));
}

/// CTAs that share one resource when all slots are taken.
[[nodiscard]] inline std::int32_t most_sharing(plan::WorkList const& list,
                                               LaunchModel const& model) {
  auto const slots = static_cast<std::int32_t>(used_slots(list, model));
  if (model.limit == plan::OpLimit::device_memory) return slots;
  return (slots + model.sm_count - 1) / model.sm_count;
}

/// Hands out tiles in the order of the WorkList.
class TileSource {
 public:
  struct Step {
    std::uint32_t tile = 0;
    std::uint32_t cta = 0;
    bool new_cta = false;
  };

  TileSource(plan::WorkList const& list, std::uint32_t slots)
      : list_(list),
        tiles_(static_cast<std::uint32_t>(list.tiles.size())),
        ctas_(static_cast<std::uint32_t>(list.grid_ctas)),
        runs_(slots) {}

  /// The next tile of a free slot. False: the slot's CTA is done and no CTA waits.
  [[nodiscard]] bool take(std::uint32_t slot, Step& step) {
    switch (list_.scheduler) {
      case plan::Scheduler::natural:
      case plan::Scheduler::longest_first:
      case plan::Scheduler::longest_spread:
        if (next_tile_ == tiles_) return false;
        step = {next_tile_, next_tile_, true};
        ++next_tile_;
        return true;
      case plan::Scheduler::persistent: {
        if (next_tile_ == tiles_) return false;
        Run& run = runs_[slot];
        step = {next_tile_++, run.cta, !run.resident};
        if (step.new_cta) step.cta = run.cta = next_cta_++;
        run.resident = true;
        return true;
      }
      case plan::Scheduler::balanced_split:
        return take_share(runs_[slot], step);
    }
    return false;
  }

 private:
  struct Run {
    std::uint32_t cta = 0;
    std::uint32_t tile = 0;
    std::uint32_t end = 0;
    bool resident = false;
  };

  bool take_share(Run& run, Step& step) {
    bool fresh = false;
    while (run.tile == run.end) {
      if (next_cta_ == ctas_) return false;
      run.cta = next_cta_++;
      run.tile = static_cast<std::uint32_t>(list_.cta_begin[run.cta]);
      run.end = static_cast<std::uint32_t>(list_.cta_begin[run.cta + 1]);
      fresh = true;
    }
    step = {run.tile++, run.cta, fresh};
    return true;
  }

  plan::WorkList const& list_;
  std::uint32_t tiles_;
  std::uint32_t ctas_;
  std::uint32_t next_tile_ = 0;
  std::uint32_t next_cta_ = 0;
  std::vector<Run> runs_;  // [slots]
};

/// Keeps what the caller asked for.
class SpanRecorder {
 public:
  SpanRecorder(plan::WorkList const& list, std::uint32_t slots, Detail detail)
      : spans_(detail == Detail::spans), exits_(detail == Detail::exits) {
    if (exits_) times_.slot_out_ps.resize(slots, LaunchTimes::kUnused);
    if (!spans_) return;
    times_.tiles.resize(list.tiles.size());
    times_.ctas.resize(static_cast<std::size_t>(list.grid_ctas));
  }

  void begin(TileSource::Step const& step, std::uint32_t slot, std::int64_t time_ps) {
    if (!spans_) return;
    times_.tiles[step.tile] = {time_ps, time_ps, step.cta};
    if (step.new_cta) times_.ctas[step.cta] = {time_ps, time_ps, slot};
  }
  /// In the order of times on each slot.
  void end(std::uint32_t tile, std::uint32_t cta, std::uint32_t slot, std::int64_t time_ps) {
    times_.makespan_ps = std::max(times_.makespan_ps, time_ps);
    if (exits_) times_.slot_out_ps[slot] = time_ps;
    if (!spans_) return;
    times_.tiles[tile].end_ps = time_ps;
    times_.ctas[cta].out_ps = time_ps;
  }
  [[nodiscard]] LaunchTimes take() { return std::move(times_); }

 private:
  bool spans_;
  bool exits_;
  LaunchTimes times_;
};

}  // namespace fluxscope::sim
