#pragma once
// combine: merges the partial results of split tiles.
//   o = sum_s exp(lse_s - lse) o_s,  lse = log sum_s exp(lse_s)

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {

/// Never changes the result.
struct CombineTuning {
  ProbeLevel probe = ProbeLevel::off;
  /// The launch may be made ready while the grid before it still runs (programmatic dependent
  /// launch, compute capability 9.0 on): saves most of the launch. The plan (work, sequences) must
  /// be there before that grid starts; the partials may be its. Two grids then overlap in time, so
  /// who measures launches one by one says false.
  bool early = true;
};

/// Reads params.o_partial and lse_partial, writes o and lse of the rows that params.work's combine
/// tiles name (see plan::Tile). `decode`: slot rows are the query heads of a KV group, otherwise
/// the query rows of a block. Enqueues only. Partials with lse = -inf weigh nothing; if all do,
/// o = 0 and lse = -inf.
void launch_combine(AttentionParams const& params, bool decode, CombineTuning const& tuning,
                    cudaStream_t stream);

[[nodiscard]] KernelFacts combine_facts(std::int32_t head_dim, bool decode, ProbeLevel probe);

}  // namespace fluxscope::kernels
