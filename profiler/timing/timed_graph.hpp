#pragma once
// Times a callable that enqueues GPU work.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>

namespace fluxscope::profiler {

/// Enqueues execution number i on a stream; only stream-ordered work, so that it can be captured.
using Execution = std::function<void(std::uint32_t i, cudaStream_t stream)>;

/// `executions` executions as one CUDA graph between two event nodes: no host launch cost between
/// them, as in a decode step that replays a graph. The gap between two executions is part of the
/// time; the graph's own start is not.
class TimedGraph {
 public:
  TimedGraph(Execution const& execution, std::uint32_t executions, cudaStream_t stream);
  ~TimedGraph();
  TimedGraph(TimedGraph const&) = delete;
  TimedGraph& operator=(TimedGraph const&) = delete;

  /// Enqueues one replay.
  void launch();
  /// Waits for the last replay; ns per execution.
  [[nodiscard]] double wait_ns();

 private:
  void capture(Execution const& execution);

  std::uint32_t executions_;
  cudaStream_t stream_;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
  cudaGraphExec_t graph_ = nullptr;
};

/// Time of one execution alone, after one that is not timed; ns. Only to size a graph: the second
/// run finds its data in L2.
[[nodiscard]] double estimate_ns(Execution const& execution, cudaStream_t stream);

/// How many executions make a sample: at least kSampleNs, each data copy equally often, but at most
/// kMaxExecutions and kLongestSampleNs (then the last copies are left out); at least 1.
inline constexpr double kSampleNs = 200e3;
inline constexpr double kLongestSampleNs = 20e6;
inline constexpr std::uint32_t kMaxExecutions = 256;
[[nodiscard]] std::uint32_t executions_per_sample(double one_ns, std::uint32_t copies);

}  // namespace fluxscope::profiler
