#pragma once
// What the time of steps is made of.

#include "sim/step/op_times.hpp"
#include "traces/replay/replay.hpp"

namespace fluxscope::sim {

/// Of one or more steps; weighted sums where they stand for several.
struct StepSum {
  double attention_ns = 0;  ///< attention launches
  double level_ns = 0;      ///< the same with every SM ending together, see level_end_ps()
  double merges_ns = 0;
  double selection_ns = 0;
  double other_ns = 0;
  double launches_ns = 0;  ///< in which no launch runs
  double selected_blocks = 0;
  double full_blocks = 0;  ///< with every head full

  void add(StepSum const& more, double times);
};

/// A predicted time and what it is made of.
struct Replayed {
  OpTime time;
  StepSum sum;

  /// += times x more; the standing is the worse.
  void add(Replayed const& more, double times);
};

/// The parts of `own`'s time, which sum to it: ideal is full.attention_ns x the share of blocks
/// that `own` selects.
[[nodiscard]] traces::ReplayTimes parts_of(StepSum const& own, StepSum const& full);

/// Adds the time of a launch of `op` to its part.
void add_launch(plan::LaunchOp op, double time_ns, StepSum& sum);

}  // namespace fluxscope::sim
