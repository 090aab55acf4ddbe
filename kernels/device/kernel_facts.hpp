#pragma once
// The runtime calls that every launcher makes, checked.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <type_traits>

#include "base/cuda/check.hpp"
#include "kernels/device/tile_table.hpp"

namespace fluxscope::kernels {

/// What a launch of a kernel occupies, from the runtime's occupancy query and attributes.
struct KernelFacts {
  std::int32_t threads_per_cta = 0;
  std::int32_t ctas_per_sm = 0;
  std::int32_t registers_per_thread = 0;
  std::int64_t smem_bytes = 0;
  std::int64_t local_bytes = 0;  ///< spills and stack; 0 in a release build
  char const* name = nullptr;
};

/// Lets `kernel` use `smem_bytes` of dynamic shared memory and asks for the largest carve-out, so
/// that residency is what the occupancy query says.
void allow_smem(void const* kernel, int smem_bytes);

/// Attributes and occupancy of `kernel` on the current device.
[[nodiscard]] KernelFacts kernel_facts(void const* kernel, char const* name, int threads_per_cta,
                                       int smem_bytes);

/// Enqueues `kernel` with the arguments that `pointers` point to. `early`: see CombineTuning; where
/// the device cannot, an ordinary launch.
void enqueue(void const* kernel, int grid_ctas, int threads_per_cta, int smem_bytes,
             cudaStream_t stream, void** pointers, bool early);

/// Enqueues `kernel(arguments...)` on work.grid_ctas CTAs.
template <class... Params>
void launch_tiles(void (*kernel)(Params...), TileTable const& work, int threads_per_cta,
                  int smem_bytes, cudaStream_t stream, std::type_identity_t<Params>... arguments) {
  auto const* const entry = reinterpret_cast<void const*>(kernel);
  void* pointers[] = {&arguments...};
  enqueue(entry, work.grid_ctas, threads_per_cta, smem_bytes, stream, pointers, false);
}

/// The same, and the launch may start early: the kernel calls ptx::wait_for_previous_grid().
template <class... Params>
void launch_tiles_early(void (*kernel)(Params...), TileTable const& work, int threads_per_cta,
                        int smem_bytes, cudaStream_t stream,
                        std::type_identity_t<Params>... arguments) {
  auto const* const entry = reinterpret_cast<void const*>(kernel);
  void* pointers[] = {&arguments...};
  enqueue(entry, work.grid_ctas, threads_per_cta, smem_bytes, stream, pointers, true);
}

}  // namespace fluxscope::kernels
