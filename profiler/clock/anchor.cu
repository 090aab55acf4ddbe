#include "base/cuda/capability.hpp"
#include "base/cuda/check.hpp"
#include "base/cuda/special_registers.cuh"
#include "profiler/clock/anchor.hpp"

namespace fluxscope::profiler {
namespace {

__global__ void clock_anchor_kernel(ClockAnchor* anchors, std::uint32_t anchors_per_cta,
                                    std::uint64_t gap_ns) {
  if (threadIdx.x != 0) return;
  std::uint32_t const sm = cuda::sm_id();
  std::uint64_t next = cuda::global_timer_ns();
  for (std::uint32_t i = 0; i < anchors_per_cta; ++i) {
    std::uint64_t before;
    do {
      before = cuda::global_timer_ns();
    } while (before < next);
    std::uint64_t now;
    do {
      now = cuda::global_timer_ns();
    } while (now == before);
    std::uint64_t const clock = cuda::clock_cyc();
    anchors[blockIdx.x * anchors_per_cta + i] = {now, clock, sm, 0};
    next = now + gap_ns;
  }
}

__global__ void clock_reading_kernel(std::uint64_t* timer_ns, std::uint64_t* clock_cyc,
                                     std::uint32_t count) {
  std::uint64_t last = 0;
  for (std::uint32_t i = 0; i < count;) {
    std::uint64_t const now = cuda::global_timer_ns();
    if (now == last) continue;
    timer_ns[i++] = last = now;
  }
  // Read in pairs: a store between two reads would be part of their difference.
  for (std::uint32_t i = 0; i + 1 < count; i += 2) {
    std::uint64_t const first = cuda::clock_cyc();
    std::uint64_t const second = cuda::clock_cyc();
    clock_cyc[i] = first;
    clock_cyc[i + 1] = second;
  }
}

}  // namespace

void launch_clock_anchors(ClockAnchor* anchors, std::uint32_t anchors_per_cta, std::uint64_t gap_ns,
                          int ctas, cudaStream_t stream) {
  int const smem = cuda::device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin);
  FLUXSCOPE_CUDA_CHECK(
      cudaFuncSetAttribute(clock_anchor_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, smem));
  clock_anchor_kernel<<<static_cast<unsigned>(ctas), 32, static_cast<std::size_t>(smem), stream>>>(
      anchors, anchors_per_cta, gap_ns);
  FLUXSCOPE_CUDA_CHECK(cudaGetLastError());
}

void launch_clock_readings(std::uint64_t* timer_ns, std::uint64_t* clock_cyc, std::uint32_t count,
                           cudaStream_t stream) {
  clock_reading_kernel<<<1, 1, 0, stream>>>(timer_ns, clock_cyc, count);
  FLUXSCOPE_CUDA_CHECK(cudaGetLastError());
}

}  // namespace fluxscope::profiler
