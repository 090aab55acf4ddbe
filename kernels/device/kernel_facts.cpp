#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {

void allow_smem(void const* kernel, int smem_bytes) {
  FLUXSCOPE_CUDA_CHECK(
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, smem_bytes));
  if (smem_bytes > 0) {
    FLUXSCOPE_CUDA_CHECK(cudaFuncSetAttribute(
        kernel, cudaFuncAttributePreferredSharedMemoryCarveout, cudaSharedmemCarveoutMaxShared));
  }
}

KernelFacts kernel_facts(void const* kernel, char const* name, int threads_per_cta,
                         int smem_bytes) {
  allow_smem(kernel, smem_bytes);
  cudaFuncAttributes attributes{};
  FLUXSCOPE_CUDA_CHECK(cudaFuncGetAttributes(&attributes, kernel));
  int ctas_per_sm = 0;
  FLUXSCOPE_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
      &ctas_per_sm, kernel, threads_per_cta, static_cast<std::size_t>(smem_bytes)));
  KernelFacts facts;
  facts.threads_per_cta = threads_per_cta;
  facts.ctas_per_sm = ctas_per_sm;
  facts.registers_per_thread = attributes.numRegs;
  facts.smem_bytes = static_cast<std::int64_t>(attributes.sharedSizeBytes) + smem_bytes;
  facts.local_bytes = static_cast<std::int64_t>(attributes.localSizeBytes);
  facts.name = name;
  return facts;
}

void enqueue(void const* kernel, int grid_ctas, int threads_per_cta, int smem_bytes,
             cudaStream_t stream, void** pointers, bool early) {
  allow_smem(kernel, smem_bytes);
  int device = 0;
  int major = 0;
  FLUXSCOPE_CUDA_CHECK(cudaGetDevice(&device));
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  attribute.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(grid_ctas));
  config.blockDim = dim3(static_cast<unsigned>(threads_per_cta));
  config.dynamicSmemBytes = static_cast<std::size_t>(smem_bytes);
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = early && major >= 9 ? 1 : 0;
  FLUXSCOPE_CUDA_CHECK(cudaLaunchKernelExC(&config, kernel, pointers));
}

}  // namespace fluxscope::kernels
