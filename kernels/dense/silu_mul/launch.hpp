#pragma once
// silu_mul: the SwiGLU activation of an MLP, y = SiLU(gate) up with SiLU(x) = x / (1 + exp(-x)).

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/dense/tuning.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/probe_record.hpp"

namespace fluxscope::kernels {

struct SiluMulParams {
  __nv_bfloat16 const* gate_up = nullptr;  // [tokens, 2 intermediate]: a row's gate, then its up
  __nv_bfloat16* y = nullptr;              // [tokens, intermediate]
  std::int32_t tokens = 0;
  std::int32_t intermediate = 0;  ///< a multiple of 8
  ProbeBuffers probe;             ///< warp records only
};

/// Enqueues only. Throws InputError for a size it does not take or a null or misaligned pointer.
void launch_silu_mul(SiluMulParams const& params, RowsTuning const& tuning, cudaStream_t stream);

[[nodiscard]] KernelFacts silu_mul_facts(ProbeLevel probe);

}  // namespace fluxscope::kernels
