#pragma once
// What the current device is. Each call throws CudaError where there is none.

#include <cuda_runtime_api.h>

#include "base/cuda/check.hpp"

namespace fluxscope::cuda {

[[nodiscard]] inline int current_device() {
  int device = 0;
  FLUXSCOPE_CUDA_CHECK(cudaGetDevice(&device));
  return device;
}

[[nodiscard]] inline int device_attribute(cudaDeviceAttr which) {
  int value = 0;
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&value, which, current_device()));
  return value;
}

[[nodiscard]] inline int sm_count() { return device_attribute(cudaDevAttrMultiProcessorCount); }

struct ComputeCapability {
  int major;
  int minor;

  friend bool operator==(ComputeCapability const&, ComputeCapability const&) = default;
};

[[nodiscard]] inline ComputeCapability compute_capability() {
  return {device_attribute(cudaDevAttrComputeCapabilityMajor),
          device_attribute(cudaDevAttrComputeCapabilityMinor)};
}

}  // namespace fluxscope::cuda
