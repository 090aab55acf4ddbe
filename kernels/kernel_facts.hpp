#pragma once
// The runtime calls that every launcher makes, checked.

#include <cuda_runtime_api.h>

#include <type_traits>

#include "kernels/attention_params.hpp"
#include "kernels/cuda_check.hpp"

namespace fluxscope::kernels {

/// Lets `kernel` use `smem_bytes` of dynamic shared memory and asks for the largest carve-out, so
/// that residency is what the occupancy query says.
void allow_smem(void const* kernel, int smem_bytes);

/// Attributes and occupancy of `kernel` on the current device.
[[nodiscard]] KernelFacts kernel_facts(void const* kernel, char const* name, int threads_per_cta,
                                       int smem_bytes);

/// Enqueues `kernel(arguments...)` on work.grid_ctas CTAs. Zeroes the queue of `work` first, if
/// there is one.
template <class... Params>
void launch_tiles(void (*kernel)(Params...), TileTable const& work, int threads_per_cta,
                  int smem_bytes, cudaStream_t stream, std::type_identity_t<Params>... arguments) {
  auto const* const entry = reinterpret_cast<void const*>(kernel);
  allow_smem(entry, smem_bytes);
  if (work.queue != nullptr) {
    FLUXSCOPE_CUDA_CHECK(cudaMemsetAsync(work.queue, 0, sizeof(*work.queue), stream));
  }
  void* pointers[] = {&arguments...};
  FLUXSCOPE_CUDA_CHECK(cudaLaunchKernel(entry, dim3(static_cast<unsigned>(work.grid_ctas)),
                                        dim3(static_cast<unsigned>(threads_per_cta)), pointers,
                                        static_cast<std::size_t>(smem_bytes), stream));
}

}  // namespace fluxscope::kernels
