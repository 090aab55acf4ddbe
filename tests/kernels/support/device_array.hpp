#pragma once

#include <cuda_runtime_api.h>

#include <vector>

#include "base/cuda/check.hpp"

namespace fluxscope::testing {

/// False where no CUDA device answers: GPU tests are skipped there.
[[nodiscard]] inline bool have_gpu() {
  int count = 0;
  bool const found = cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
  (void)cudaGetLastError();
  return found;
}

/// Owning device memory. Move-only. An empty array is a null pointer.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  explicit DeviceArray(std::vector<T> const& host) : size_(host.size()) {
    if (size_ == 0) return;
    FLUXSCOPE_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&data_), bytes()));
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(data_, host.data(), bytes(), cudaMemcpyHostToDevice));
  }
  /// Uninitialised.
  explicit DeviceArray(std::size_t size) : size_(size) {
    if (size_ == 0) return;
    FLUXSCOPE_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&data_), bytes()));
  }
  ~DeviceArray() { (void)cudaFree(data_); }
  DeviceArray(DeviceArray const&) = delete;
  DeviceArray& operator=(DeviceArray const&) = delete;

  [[nodiscard]] T* get() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Waits for the device.
  [[nodiscard]] std::vector<T> download() const {
    std::vector<T> host(size_);
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
    if (size_ != 0) {
      FLUXSCOPE_CUDA_CHECK(cudaMemcpy(host.data(), data_, bytes(), cudaMemcpyDeviceToHost));
    }
    return host;
  }

 private:
  [[nodiscard]] std::size_t bytes() const { return size_ * sizeof(T); }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace fluxscope::testing
