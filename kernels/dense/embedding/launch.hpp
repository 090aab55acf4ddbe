#pragma once
// embedding: rows of a table, one for each token.

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/dense/tuning.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/probe_record.hpp"

namespace fluxscope::kernels {

struct EmbeddingParams {
  std::int32_t const* tokens = nullptr;  // [rows]
  __nv_bfloat16 const* table = nullptr;  // [vocab_size, hidden]
  __nv_bfloat16* y = nullptr;            // [rows, hidden]
  std::int32_t rows = 0;
  std::int32_t vocab_size = 0;
  std::int32_t hidden = 0;  ///< a multiple of 8
  ProbeBuffers probe;       ///< warp records only
};

/// Enqueues only. A token outside [0, vocab_size) gives a row of NaN: no error can be raised on the
/// device, and the model's output shows it. Throws InputError for a size it does not take or a null
/// or misaligned pointer.
void launch_embedding(EmbeddingParams const& params, RowsTuning const& tuning, cudaStream_t stream);

[[nodiscard]] KernelFacts embedding_facts(ProbeLevel probe);

}  // namespace fluxscope::kernels
