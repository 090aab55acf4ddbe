#pragma once
// Times launches by CUDA events.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace fluxscope::kernels {

/// Enqueues launch `i` on a stream.
using NumberedLaunch = std::function<void(std::size_t i, cudaStream_t stream)>;

/// Microseconds of one launch, in a stream of its own; host time of the launch included.
[[nodiscard]] double time_once_us(NumberedLaunch const& launch);

/// `launches` of them as a graph, so that the host is no limit.
class TimedLaunches {
 public:
  TimedLaunches(std::size_t launches, NumberedLaunch const& launch);

  /// Runs the graph and waits for it: microseconds of one launch, gaps between them included.
  [[nodiscard]] double replay_us() const;

 private:
  std::size_t launches_;
  std::unique_ptr<CUgraphExec_st, cudaError_t (*)(cudaGraphExec_t)> exec_;
};

}  // namespace fluxscope::kernels
