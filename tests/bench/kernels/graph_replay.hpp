#pragma once

#include <cuda_runtime_api.h>

#include <algorithm>
#include <vector>

#include "base/cuda/check.hpp"
#include "base/cuda/stream.hpp"

namespace fluxscope::bench {

inline constexpr int kReplaySamples = 12;

/// A graph of `launches`, replayed: microseconds per launch, sorted.
template <class Launch>
std::vector<double> replay(std::size_t launches, Launch const& launch, int warm_ups = 2) {
  Stream const own;
  cudaStream_t const stream = own.get();
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  FLUXSCOPE_CUDA_CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  for (std::size_t i = 0; i < launches; ++i) launch(i, stream);
  FLUXSCOPE_CUDA_CHECK(cudaStreamEndCapture(stream, &graph));
  FLUXSCOPE_CUDA_CHECK(cudaGraphInstantiate(&exec, graph, 0));
  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  FLUXSCOPE_CUDA_CHECK(cudaEventCreate(&begin));
  FLUXSCOPE_CUDA_CHECK(cudaEventCreate(&end));
  std::vector<double> us;
  for (int sample = -warm_ups; sample < kReplaySamples; ++sample) {
    FLUXSCOPE_CUDA_CHECK(cudaEventRecord(begin, stream));
    FLUXSCOPE_CUDA_CHECK(cudaGraphLaunch(exec, stream));
    FLUXSCOPE_CUDA_CHECK(cudaEventRecord(end, stream));
    FLUXSCOPE_CUDA_CHECK(cudaEventSynchronize(end));
    float ms = 0;
    FLUXSCOPE_CUDA_CHECK(cudaEventElapsedTime(&ms, begin, end));
    if (sample >= 0) us.push_back(static_cast<double>(ms) * 1e3 / static_cast<double>(launches));
  }
  FLUXSCOPE_CUDA_CHECK(cudaEventDestroy(begin));
  FLUXSCOPE_CUDA_CHECK(cudaEventDestroy(end));
  FLUXSCOPE_CUDA_CHECK(cudaGraphExecDestroy(exec));
  FLUXSCOPE_CUDA_CHECK(cudaGraphDestroy(graph));
  std::sort(us.begin(), us.end());
  return us;
}

}  // namespace fluxscope::bench
