#include "kernels/dense/gemm/timed_launches.hpp"

#include "base/cuda/check.hpp"
#include "base/cuda/stream.hpp"

namespace fluxscope::kernels {
namespace {

class Event {
 public:
  Event() { FLUXSCOPE_CUDA_CHECK(cudaEventCreate(&event_)); }
  ~Event() { (void)cudaEventDestroy(event_); }
  Event(Event const&) = delete;
  Event& operator=(Event const&) = delete;
  [[nodiscard]] cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Of what `enqueue` puts into a stream.
template <class Enqueue>
double elapsed_us(Enqueue const& enqueue) {
  Stream const stream;
  Event const begin;
  Event const end;
  FLUXSCOPE_CUDA_CHECK(cudaEventRecord(begin.get(), stream.get()));
  enqueue(stream.get());
  FLUXSCOPE_CUDA_CHECK(cudaEventRecord(end.get(), stream.get()));
  FLUXSCOPE_CUDA_CHECK(cudaEventSynchronize(end.get()));
  float ms = 0;
  FLUXSCOPE_CUDA_CHECK(cudaEventElapsedTime(&ms, begin.get(), end.get()));
  return static_cast<double>(ms) * 1e3;
}

cudaGraphExec_t capture(std::size_t launches, NumberedLaunch const& launch) {
  Stream const stream;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  FLUXSCOPE_CUDA_CHECK(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal));
  try {
    for (std::size_t i = 0; i < launches; ++i) launch(i, stream.get());
  } catch (...) {
    (void)cudaStreamEndCapture(stream.get(), &graph);
    if (graph != nullptr) (void)cudaGraphDestroy(graph);
    throw;
  }
  FLUXSCOPE_CUDA_CHECK(cudaStreamEndCapture(stream.get(), &graph));
  cudaError_t const made = cudaGraphInstantiate(&exec, graph, 0);
  FLUXSCOPE_CUDA_CHECK(cudaGraphDestroy(graph));
  FLUXSCOPE_CUDA_CHECK(made);
  return exec;
}

}  // namespace

double time_once_us(NumberedLaunch const& launch) {
  (void)elapsed_us([&](cudaStream_t stream) { launch(0, stream); });  // loads the code
  return elapsed_us([&](cudaStream_t stream) { launch(0, stream); });
}

TimedLaunches::TimedLaunches(std::size_t launches, NumberedLaunch const& launch)
    : launches_(launches), exec_(capture(launches, launch), cudaGraphExecDestroy) {
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  (void)replay_us();  // the first replay uploads the graph
}

double TimedLaunches::replay_us() const {
  return elapsed_us([&](cudaStream_t stream) {
           FLUXSCOPE_CUDA_CHECK(cudaGraphLaunch(exec_.get(), stream));
         }) /
         static_cast<double>(launches_);
}

}  // namespace fluxscope::kernels
