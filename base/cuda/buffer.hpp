#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <utility>

#include "base/cuda/check.hpp"

namespace fluxscope {

/// Device memory that grows: reserve() keeps what is large enough and drops the contents otherwise.
/// Throws CudaError (cudaErrorMemoryAllocation where the device is full).
template <class T>
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  explicit DeviceBuffer(std::size_t count) { reserve(count); }
  ~DeviceBuffer() { (void)cudaFree(data_); }
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }

  /// True where new memory was taken (its contents are undefined).
  bool reserve(std::size_t count) {
    if (count <= count_) return false;
    FLUXSCOPE_CUDA_CHECK(cudaFree(data_));
    data_ = nullptr;
    count_ = 0;
    void* memory = nullptr;
    FLUXSCOPE_CUDA_CHECK(cudaMalloc(&memory, count * sizeof(T)));
    data_ = static_cast<T*>(memory);
    count_ = count;
    return true;
  }

  [[nodiscard]] T* data() const { return data_; }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  T* data_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace fluxscope
