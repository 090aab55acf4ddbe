#pragma once
// prefill_mma: tiled attention with mma.sync and cp.async (sm_80 and newer).
//
// Algorithm: FlashAttention-2 (Dao, arXiv 2307.08691), one 128-row query block per tile, KV blocks
// visited from the last to the first, online softmax; the blocks come from the tile.

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {

/// Never changes the result beyond rounding.
struct PrefillMmaTuning {
  ProbeLevel probe = ProbeLevel::off;
};

/// Enqueues on `stream`; allocates nothing, does not synchronise. tile.head is a query head; where
/// num_splits > 1 the tile writes a partial slot of kPrefillSlotRows rows for launch_combine.
/// Blocks with kMaskedOutBit are loaded and multiplied with weight 0, so they must hold finite
/// numbers; blocks that no tile names and tokens from kv_len on are never read. Throws InputError
/// for an unsupported shape (head_dim 64 or 128) or a misaligned pointer (16 bytes), CudaError if
/// the launch is refused.
void launch_prefill_mma(AttentionParams const& params, PrefillMmaTuning const& tuning,
                        cudaStream_t stream);

/// Occupancy and attributes on the current device. Throws InputError for an unsupported head_dim.
[[nodiscard]] KernelFacts prefill_mma_facts(std::int32_t head_dim, PrefillMmaTuning const& tuning);

}  // namespace fluxscope::kernels
