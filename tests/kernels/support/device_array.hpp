#pragma once

#include <cuda_runtime_api.h>

#include <vector>

#include "base/cuda/buffer.hpp"
#include "base/cuda/check.hpp"

namespace fluxscope::testing {

/// False where no CUDA device answers: GPU tests are skipped there.
[[nodiscard]] inline bool have_gpu() {
  int count = 0;
  bool const found = cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
  (void)cudaGetLastError();
  return found;
}

/// Device memory that comes from the host and goes back there. An empty array is a null pointer.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  explicit DeviceArray(std::vector<T> const& host) : DeviceArray(host.size()) {
    if (host.empty()) return;
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(get(), host.data(), bytes(), cudaMemcpyHostToDevice));
  }
  /// Uninitialised.
  explicit DeviceArray(std::size_t size) : memory_(size) {}

  [[nodiscard]] T* get() const { return memory_.data(); }
  [[nodiscard]] std::size_t size() const { return memory_.count(); }

  /// Waits for the device.
  [[nodiscard]] std::vector<T> download() const {
    std::vector<T> host(size());
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
    if (!host.empty()) {
      FLUXSCOPE_CUDA_CHECK(cudaMemcpy(host.data(), get(), bytes(), cudaMemcpyDeviceToHost));
    }
    return host;
  }

 private:
  [[nodiscard]] std::size_t bytes() const { return size() * sizeof(T); }

  DeviceBuffer<T> memory_;
};

}  // namespace fluxscope::testing
