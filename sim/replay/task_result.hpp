#pragma once
// What one way to run a mix takes over a task.

#include "sim/replay/replayer.hpp"
#include "workload/mix/mix.hpp"

namespace fluxscope::sim {

/// Means over the requests of a task, or weighted sums of such.
struct TaskResult {
  Replayed first_token;
  Replayed decode;          ///< of all tokens after the first
  double later_tokens = 0;  ///< their number
  double prompt_tokens = 0;
  double output_tokens = 0;
  double msr_ratio = 0;
  double kv_bytes = 0;  ///< of a request at its end

  void add(TaskResult const& more, double times);
  [[nodiscard]] OpTime latency() const;
  /// NaN where there are no later tokens.
  [[nodiscard]] OpTime per_token() const;
};

/// `way` without its gates, which are those of the decisions.
[[nodiscard]] TaskResult run_task(Replayer& replayer, workload::Mix const& mix,
                                  workload::Task const& task,
                                  workload::TaskDecisions const& decisions, Variant way);

/// A result that add() can begin with.
[[nodiscard]] TaskResult no_result();

}  // namespace fluxscope::sim
