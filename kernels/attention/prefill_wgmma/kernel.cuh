#pragma once
// The kernel prefill_wgmma: two consumer warpgroups, a producer warp and a writer warp. Code of
// sm_90a only.

#include "kernels/attention/prefill_wgmma/consumer.cuh"
#include "kernels/attention/prefill_wgmma/producer.cuh"
#include "kernels/attention/prefill_wgmma/writer.cuh"

namespace fluxscope::kernels::wgmma {

#ifdef __CUDA_ARCH_FEAT_SM90_ALL

/// By one thread.
template <class Shape>
__device__ __forceinline__ void init_barriers(Smem<Shape> const& smem) {
  for (std::uint32_t i = 0; i < Shape::kTileStages; ++i) {
    ptx::mbarrier_init(smem.tile_full(i), ptx::kWarpArrivals);
    ptx::mbarrier_init(smem.tile_done(i), Shape::kConsumerWarps * ptx::kWarpArrivals);
    ptx::mbarrier_init(smem.tile_empty(i), ptx::kWarpArrivals);
  }
  for (std::uint32_t i = 0; i < Shape::kStages; ++i) {
    ptx::mbarrier_init(smem.keys_full(i), ptx::kWarpArrivals);
    ptx::mbarrier_init(smem.keys_empty(i), Shape::kConsumerWarps * ptx::kWarpArrivals);
    ptx::mbarrier_init(smem.values_full(i), ptx::kWarpArrivals);
    ptx::mbarrier_init(smem.values_empty(i), Shape::kConsumerWarps * ptx::kWarpArrivals);
  }
  ptx::fence_mbarrier_init();
}

/// The dynamic shared memory from its first kSwizzleBytes boundary on.
template <class Shape>
__device__ __forceinline__ Smem<Shape> align(char* dynamic) {
  std::uint32_t const address = ptx::shared_address(dynamic);
  std::uint32_t const skip = (0u - address) % Shape::kSwizzleBytes;
  return {dynamic + skip, address + skip};
}

template <class Shape, ProbeLevel kLevel>
__device__ __forceinline__ void attend_tiles(AttentionParams const& params, PrefillMaps const& maps,
                                             char* dynamic) {
  // The shuffle tells the compiler that the role is the same in the whole warp.
  int const warp = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / 32, 0);
  FLUXSCOPE_PROBE(
      Probe<kLevel> probe(params.probe, static_cast<std::uint32_t>(warp), Shape::kWarps);)
  Smem<Shape> const smem = align<Shape>(dynamic);
  if (threadIdx.x == 0) init_barriers(smem);
  __syncthreads();
  if (warp >= Shape::kConsumerWarps) {
    ptx::give_registers<Shape::kProducerRegisters>();
    if (warp == Shape::kProducerWarp) Producer<Shape>(params, maps, smem).run();
    if (warp == Shape::kWriterWarp) Writer<Shape>(params, maps.o, smem).run();
  } else {
    ptx::take_registers<Shape::kConsumerRegisters>();
    Consumer<Shape>(params, smem, warp).template run<kLevel>(FLUXSCOPE_PROBE(probe));
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

#endif

template <class Shape, ProbeLevel kLevel>
__global__ void __launch_bounds__(Shape::kThreads, 1)
    prefill_wgmma_kernel(AttentionParams const __grid_constant__ params,
                         PrefillMaps const __grid_constant__ maps) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  extern __shared__ __align__(1024) char dynamic[];
  attend_tiles<Shape, kLevel>(params, maps, dynamic);
#else
  __trap();  // the launcher refuses other GPUs
#endif
}

}  // namespace fluxscope::kernels::wgmma
