#include "profiler/timing/timed_graph.hpp"

#include <algorithm>
#include <cmath>

#include "base/cuda/check.hpp"
#include "profiler/timing/warm_up.hpp"

namespace fluxscope::profiler {

TimedGraph::TimedGraph(Execution const& execution, std::uint32_t executions, cudaStream_t stream)
    : executions_(executions), stream_(stream) {
  FLUXSCOPE_CUDA_CHECK(cudaEventCreate(&begin_));
  FLUXSCOPE_CUDA_CHECK(cudaEventCreate(&end_));
  capture(execution);
}

void TimedGraph::capture(Execution const& execution) {
  cudaGraph_t captured = nullptr;
  FLUXSCOPE_CUDA_CHECK(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
  try {
    FLUXSCOPE_CUDA_CHECK(cudaEventRecordWithFlags(begin_, stream_, cudaEventRecordExternal));
    for (std::uint32_t i = 0; i < executions_; ++i) execution(i, stream_);
    FLUXSCOPE_CUDA_CHECK(cudaEventRecordWithFlags(end_, stream_, cudaEventRecordExternal));
  } catch (...) {
    // The capture must end, or the stream stays unusable; its graph is void.
    (void)cudaStreamEndCapture(stream_, &captured);
    if (captured != nullptr) (void)cudaGraphDestroy(captured);
    throw;
  }
  FLUXSCOPE_CUDA_CHECK(cudaStreamEndCapture(stream_, &captured));
  cudaError_t const made = cudaGraphInstantiate(&graph_, captured, 0);
  FLUXSCOPE_CUDA_CHECK(cudaGraphDestroy(captured));
  FLUXSCOPE_CUDA_CHECK(made);
}

TimedGraph::~TimedGraph() {
  if (graph_ != nullptr) (void)cudaGraphExecDestroy(graph_);
  if (begin_ != nullptr) (void)cudaEventDestroy(begin_);
  if (end_ != nullptr) (void)cudaEventDestroy(end_);
}

void TimedGraph::launch() { FLUXSCOPE_CUDA_CHECK(cudaGraphLaunch(graph_, stream_)); }

double TimedGraph::wait_ns() {
  FLUXSCOPE_CUDA_CHECK(cudaEventSynchronize(end_));
  float milliseconds = 0;
  FLUXSCOPE_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, begin_, end_));
  return double{milliseconds} * 1e6 / executions_;
}

double estimate_ns(Execution const& execution, cudaStream_t stream) {
  TimedGraph graph(execution, 1, stream);
  graph.launch();
  double const first_ns = graph.wait_ns();
  if (!wants_warm_up(first_ns)) return first_ns;
  graph.launch();
  return graph.wait_ns();
}

std::uint32_t executions_per_sample(double one_ns, std::uint32_t copies) {
  double const one = std::max(one_ns, 1.0);
  auto const wanted = static_cast<std::uint32_t>(
      std::clamp(std::ceil(kSampleNs / one), 1.0, static_cast<double>(kMaxExecutions)));
  std::uint32_t const whole_rounds = (wanted + copies - 1) / copies * copies;
  auto const affordable = static_cast<std::uint32_t>(
      std::clamp(kLongestSampleNs / one, 1.0, static_cast<double>(kMaxExecutions)));
  return std::min(whole_rounds, affordable);
}

}  // namespace fluxscope::profiler
