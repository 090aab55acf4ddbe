#pragma once
// The in-kernel probe. Probe<off> is empty: a kernel with it compiles to the SASS of one without.
//
// Use, by every thread of every warp (only lane 0 of a warp writes):
//   Probe<kLevel> probe(params.probe, warp, warps_per_cta);   first statement of the kernel
//   probe.tile_begin();  ...  probe.tile_end(tile_index);     around each tile
//   probe.finish();                                           last statement, by every warp
//
// Wrap each of these statements in FLUXSCOPE_PROBE(...): a test compiles the kernels once more with
// FLUXSCOPE_WITHOUT_PROBE_STATEMENTS and compares the machine code with that of Probe<off>.

#include "base/cuda/special_registers.cuh"
#include "kernels/device/probe_record.hpp"
#include "kernels/device/ptx.cuh"

#ifdef FLUXSCOPE_WITHOUT_PROBE_STATEMENTS
#define FLUXSCOPE_PROBE(...)
#else
#define FLUXSCOPE_PROBE(...) __VA_ARGS__
#endif

namespace fluxscope::kernels {

template <ProbeLevel kLevel>
class Probe;

template <>
class Probe<ProbeLevel::off> {
 public:
  __device__ __forceinline__ Probe(ProbeBuffers const&, std::uint32_t, std::uint32_t) {}
  __device__ __forceinline__ void tile_begin() {}
  __device__ __forceinline__ void tile_end(std::uint32_t) {}
  __device__ __forceinline__ void finish() {}
};

/// What the first thread of a CTA counts lies in shared memory, and the rest is computed anew where
/// it is used: a probed kernel holds no register more throughout its main loop.
template <>
class Probe<ProbeLevel::l0> {
 public:
  __device__ __forceinline__ Probe(ProbeBuffers const& buffers, std::uint32_t /*warp*/,
                                   std::uint32_t warps_per_cta)
      : buffers_(buffers), warps_per_cta_(warps_per_cta) {
    if (threadIdx.x == 0) count().attempted = count().written = 0;
    // The header is written at once: a warp that never finishes still shows where it began.
    if (!writes() || row() >= buffers_.warp_capacity) return;
    WarpRecord& record = buffers_.warps[row()];
    record.in_globaltimer_ns = cuda::global_timer_ns();
    record.in_clock_cyc = cuda::clock_cyc();
    record.sm = cuda::sm_id();
    record.tiles_attempted = record.tiles_written = 0;
  }

  __device__ __forceinline__ void tile_begin() {
    if (threadIdx.x == 0) count().begin_cyc = cuda::clock_cyc();
  }

  __device__ __forceinline__ void tile_end(std::uint32_t tile) {
    if (threadIdx.x != 0) return;
    ++count().attempted;
    if (tile >= buffers_.tile_capacity) return;
    ++count().written;
    TileRecord& record = buffers_.tiles[tile];
    record.begin_clock_cyc = count().begin_cyc;
    record.end_clock_cyc = cuda::clock_cyc();
    record.cta = blockIdx.x;
    record.sm = cuda::sm_id();
  }

  __device__ __forceinline__ void finish() {
    if (!writes() || row() >= buffers_.warp_capacity) return;
    WarpRecord& record = buffers_.warps[row()];
    if (threadIdx.x == 0) {
      record.tiles_attempted = count().attempted;
      record.tiles_written = count().written;
    }
    record.out_globaltimer_ns = cuda::global_timer_ns();
    record.out_clock_cyc = cuda::clock_cyc();
  }

 private:
  struct Count {
    std::uint64_t begin_cyc;
    std::uint32_t attempted;
    std::uint32_t written;
  };
  __device__ __forceinline__ static Count& count() {
    __shared__ Count of_cta;
    return of_cta;
  }
  __device__ __forceinline__ static bool writes() { return threadIdx.x % 32 == 0; }
  [[nodiscard]] __device__ __forceinline__ std::uint32_t row() const {
    return blockIdx.x * warps_per_cta_ + threadIdx.x / 32;
  }

  ProbeBuffers const& buffers_;
  std::uint32_t warps_per_cta_;
};

}  // namespace fluxscope::kernels
