#pragma once

#include <cuda_runtime_api.h>

#include "base/cuda/check.hpp"

namespace fluxscope {

/// A CUDA stream that does not wait for the default one.
class Stream {
 public:
  Stream() { FLUXSCOPE_CUDA_CHECK(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~Stream() { (void)cudaStreamDestroy(stream_); }
  Stream(Stream const&) = delete;
  Stream& operator=(Stream const&) = delete;

  [[nodiscard]] cudaStream_t get() const { return stream_; }
  void synchronize() const { FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream_)); }

 private:
  cudaStream_t stream_ = nullptr;
};

}  // namespace fluxscope
