#pragma once
// Instructions of sm_90 and sm_90a that CUDA C++ has no name for: mbarriers, tensor copies, named
// barriers, register reallocation. wgmma is in ptx_wgmma.cuh.

#include <cuda.h>

#include <cstdint>

namespace fluxscope::kernels::ptx {

__device__ __forceinline__ void mbarrier_init(std::uint32_t barrier, std::uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;\n" ::"r"(barrier), "r"(arrivals)
               : "memory");
}

/// Makes mbarrier_init visible to the copy engine. A barrier of the CTA follows.
__device__ __forceinline__ void fence_mbarrier_init() {
  asm volatile("fence.mbarrier_init.release.cluster;\n" ::: "memory");
}

__device__ __forceinline__ void mbarrier_arrive(std::uint32_t barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];\n" ::"r"(barrier) : "memory");
}

/// Arrives; the phase ends after `bytes` more have been copied too.
__device__ __forceinline__ void mbarrier_arrive_expect(std::uint32_t barrier, std::uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;\n" ::"r"(barrier), "r"(bytes)
               : "memory");
}

/// What a warp counts for on a barrier. racecheck orders the accesses of the lanes that arrive and
/// takes those of the other 31 for hazards; a build with FLUXSCOPE_EVERY_LANE_ARRIVES tells these
/// from real ones (docs/measurements/sanitizers.md).
#ifdef FLUXSCOPE_EVERY_LANE_ARRIVES
inline constexpr std::uint32_t kWarpArrivals = 32;
#else
inline constexpr std::uint32_t kWarpArrivals = 1;
#endif

/// Lane 0 of the warp has arrived.
__device__ __forceinline__ void other_lanes_arrive(std::uint32_t barrier, int lane) {
  if (kWarpArrivals > 1 && lane != 0) mbarrier_arrive(barrier);
}

/// Arrives for a whole warp, after what its lanes did before.
__device__ __forceinline__ void warp_arrive(std::uint32_t barrier, int lane) {
  __syncwarp();
  if (lane == 0) mbarrier_arrive(barrier);
  other_lanes_arrive(barrier, lane);
}

/// Returns once the phase of this parity has ended. A fresh barrier counts as ended with parity 1.
__device__ __forceinline__ void mbarrier_wait(std::uint32_t barrier, std::uint32_t parity) {
  std::uint32_t ended = 0;
  while (ended == 0) {
    asm volatile(
        "{\n"
        ".reg .pred p;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
        "selp.u32 %0, 1, 0, p;\n"
        "}\n"
        : "=r"(ended)
        : "r"(barrier), "r"(parity)
        : "memory");
  }
}

/// Orders this thread's ordinary shared-memory accesses with those of wgmma and the copy engine.
__device__ __forceinline__ void fence_proxy_async() {
  asm volatile("fence.proxy.async.shared::cta;\n" ::: "memory");
}

__device__ __forceinline__ void prefetch_tensor_map(CUtensorMap const& map) {
  asm volatile("prefetch.tensormap [%0];\n" ::"l"(&map) : "memory");
}

/// Copies the box at (x, y, z) of `map` to `shared`; completes on `barrier`.
__device__ __forceinline__ void copy_box_3d(std::uint32_t shared, CUtensorMap const& map,
                                            std::uint32_t barrier, std::int32_t x, std::int32_t y,
                                            std::int32_t z) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
      " [%0], [%1, {%3, %4, %5}], [%2];\n" ::"r"(shared),
      "l"(&map), "r"(barrier), "r"(x), "r"(y), "r"(z)
      : "memory");
}

/// Copies the box from `shared` to (x, y, z) of `map`.
__device__ __forceinline__ void store_box_3d(CUtensorMap const& map, std::uint32_t shared,
                                             std::int32_t x, std::int32_t y, std::int32_t z) {
  asm volatile(
      "cp.async.bulk.tensor.3d.global.shared::cta.tile.bulk_group [%0, {%2, %3, %4}], [%1];\n"
      "cp.async.bulk.commit_group;\n" ::"l"(&map),
      "r"(shared), "r"(x), "r"(y), "r"(z)
      : "memory");
}

/// Waits until this thread's boxes have been read.
__device__ __forceinline__ void store_box_wait_read() {
  asm volatile("cp.async.bulk.wait_group.read 0;\n" ::: "memory");
}

/// Four 8 x 8 matrices of bf16 to shared memory, laid out as ldmatrix_x4 reads them.
__device__ __forceinline__ void stmatrix_x4(std::uint32_t shared, std::uint32_t const (&r)[4]) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};\n" ::"r"(shared),
               "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3])
               : "memory");
}

/// Volatile: it stays in the branch that asks for it.
__device__ __forceinline__ float log2_approx(float x) {
  float y;
  asm volatile("lg2.approx.ftz.f32 %0, %1;\n" : "=f"(y) : "f"(x));
  return y;
}

/// The lane, read anew: addresses made from it are not kept in registers from outside a loop.
__device__ __forceinline__ int lane_id() {
  int lane;
  asm volatile("mov.u32 %0, %laneid;\n" : "=r"(lane));
  return lane;
}

/// Waits until `threads` threads have arrived at or wait on named barrier `id` (1 to 15).
__device__ __forceinline__ void named_barrier_sync(std::uint32_t id, std::uint32_t threads) {
  asm volatile("bar.sync %0, %1;\n" ::"r"(id), "r"(threads) : "memory");
}

__device__ __forceinline__ void named_barrier_arrive(std::uint32_t id, std::uint32_t threads) {
  asm volatile("bar.arrive %0, %1;\n" ::"r"(id), "r"(threads) : "memory");
}

/// The warpgroup's registers per thread become `kRegisters`, fewer than before.
template <int kRegisters>
__device__ __forceinline__ void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;\n" ::"n"(kRegisters));
}

/// The same, more than before: waits until other warpgroups have given enough.
template <int kRegisters>
__device__ __forceinline__ void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;\n" ::"n"(kRegisters));
}

}  // namespace fluxscope::kernels::ptx
