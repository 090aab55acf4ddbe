#include "kernels/device/variant.hpp"

#include "base/cuda/capability.hpp"
#include "base/cuda/check.hpp"
#include "base/error.hpp"

namespace fluxscope::kernels {

std::string variant_text(std::span<std::int32_t const> shape, ProbeLevel probe) {
  std::string text = "(";
  for (std::int32_t const value : shape) text.append(std::to_string(value)).append(", ");
  text.append("probe level ").append(std::to_string(static_cast<int>(probe))).append(")");
  return text;
}

void throw_no_variant(char const* where, std::string const& wanted, std::string const& compiled) {
  throw ContractError(std::string(where) + ": no variant " + wanted + " (compiled are " + compiled +
                      ") add a row to its table");
}

void allow_smem(void const* entry, int smem_bytes) {
  FLUXSCOPE_CUDA_CHECK(
      cudaFuncSetAttribute(entry, cudaFuncAttributeMaxDynamicSharedMemorySize, smem_bytes));
  if (smem_bytes > 0) {
    FLUXSCOPE_CUDA_CHECK(cudaFuncSetAttribute(entry, cudaFuncAttributePreferredSharedMemoryCarveout,
                                              cudaSharedmemCarveoutMaxShared));
  }
}

KernelFacts kernel_facts(void const* entry, char const* name, int threads_per_cta, int smem_bytes) {
  allow_smem(entry, smem_bytes);
  cudaFuncAttributes attributes{};
  FLUXSCOPE_CUDA_CHECK(cudaFuncGetAttributes(&attributes, entry));
  int ctas_per_sm = 0;
  FLUXSCOPE_CUDA_CHECK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(
      &ctas_per_sm, entry, threads_per_cta, static_cast<std::size_t>(smem_bytes)));
  return {.threads_per_cta = threads_per_cta,
          .ctas_per_sm = ctas_per_sm,
          .registers_per_thread = attributes.numRegs,
          .smem_bytes = static_cast<std::int64_t>(attributes.sharedSizeBytes) + smem_bytes,
          .local_bytes = static_cast<std::int64_t>(attributes.localSizeBytes),
          .name = name};
}

void enqueue(void const* entry, int threads_per_cta, int smem_bytes, Launch const& launch,
             void** pointers) {
  allow_smem(entry, smem_bytes);
  std::array<cudaLaunchAttribute, 2> attributes{};
  unsigned count = 0;
  if (launch.early && cuda::compute_capability().major >= 9) {
    attributes[count].id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attributes[count++].val.programmaticStreamSerializationAllowed = 1;
  }
  if (launch.cooperative) {
    attributes[count].id = cudaLaunchAttributeCooperative;
    attributes[count++].val.cooperative = 1;
  }
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(launch.grid_ctas));
  config.blockDim = dim3(static_cast<unsigned>(threads_per_cta));
  config.dynamicSmemBytes = static_cast<std::size_t>(smem_bytes);
  config.stream = launch.stream;
  config.attrs = attributes.data();
  config.numAttrs = count;
  FLUXSCOPE_CUDA_CHECK(cudaLaunchKernelExC(&config, entry, pointers));
}

}  // namespace fluxscope::kernels
