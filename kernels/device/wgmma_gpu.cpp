#include "kernels/device/wgmma_gpu.hpp"

#include <string>

#include "base/cuda/capability.hpp"
#include "base/error.hpp"

namespace fluxscope::kernels {

bool have_wgmma() { return cuda::compute_capability() == cuda::ComputeCapability{9, 0}; }

void require_wgmma(char const* where, char const* instead) {
  if (have_wgmma()) return;
  cudaDeviceProp properties{};
  FLUXSCOPE_CUDA_CHECK(cudaGetDeviceProperties(&properties, cuda::current_device()));
  throw InputError(std::string(where) + ": the GPU is " + properties.name +
                   ", compute capability " + std::to_string(properties.major) + "." +
                   std::to_string(properties.minor) +
                   " (the kernel is code for 9.0, H100 and H200, alone) use " + instead);
}

}  // namespace fluxscope::kernels
