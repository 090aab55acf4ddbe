#include "tests/profiler/delay_kernel.hpp"

#include "base/cuda/check.hpp"
#include "base/cuda/special_registers.cuh"
#include "kernels/device/probe.cuh"

namespace fluxscope::profiler {
namespace {

__global__ void delay_kernel(std::uint64_t const* delays_ns, kernels::ProbeBuffers buffers) {
  kernels::Probe<kernels::ProbeLevel::l0> probe(buffers, threadIdx.x / 32, blockDim.x / 32);
  probe.tile_begin();
  std::uint64_t const end = cuda::global_timer_ns() + delays_ns[blockIdx.x];
  while (cuda::global_timer_ns() < end) {
  }
  __syncthreads();
  probe.tile_end(blockIdx.x);
  probe.finish();
}

}  // namespace

void launch_delays(std::uint64_t const* delays_ns, int ctas, int smem_bytes,
                   kernels::ProbeBuffers const& probe, cudaStream_t stream) {
  cudaFuncAttributes attributes{};
  FLUXSCOPE_CUDA_CHECK(cudaFuncGetAttributes(&attributes, delay_kernel));
  int const dynamic_bytes = smem_bytes - static_cast<int>(attributes.sharedSizeBytes);
  FLUXSCOPE_CUDA_CHECK(cudaFuncSetAttribute(
      delay_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, dynamic_bytes));
  delay_kernel<<<static_cast<unsigned>(ctas), 32 * kDelayWarps,
                 static_cast<std::size_t>(dynamic_bytes), stream>>>(delays_ns, probe);
  FLUXSCOPE_CUDA_CHECK(cudaGetLastError());
}

}  // namespace fluxscope::profiler
