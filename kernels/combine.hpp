#pragma once
// combine: merges the partial results of split tiles.
//   o = sum_s exp(lse_s - lse) o_s,  lse = log sum_s exp(lse_s)

#include <cuda_runtime_api.h>

#include "kernels/attention_params.hpp"

namespace fluxscope::kernels {

/// Reads params.o_partial and lse_partial, writes o and lse of the rows that params.work's combine
/// tiles name (see plan::Tile). `decode`: slot rows are the query heads of a KV group, otherwise
/// the query rows of a block. Enqueues only. Partials with lse = -inf weigh nothing; if all do,
/// o = 0 and lse = -inf.
void launch_combine(AttentionParams const& params, bool decode, ProbeLevel probe,
                    cudaStream_t stream);

[[nodiscard]] KernelFacts combine_facts(std::int32_t head_dim, bool decode, ProbeLevel probe);

}  // namespace fluxscope::kernels
