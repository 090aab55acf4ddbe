#pragma once
// prefill_wgmma: tiled attention with the copy engine, wgmma and specialised warps (sm_90a).
//
// Algorithm: FlashAttention-3 (Shah, Bikshandi, Zhang, Thakkar, Ramani, Dao, arXiv 2407.08608): a
// producer warp fills rings of K and V blocks, two warpgroups of 64 query rows each multiply and
// exponentiate in turns, a writer warp stores their rows; one 128-row query block per tile, KV
// blocks from the first to the last: a tile's first exponentials run alone, so they are not those
// of the diagonal, the only block with a mask.

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {

/// Never changes the result beyond rounding.
struct PrefillWgmmaTuning {
  ProbeLevel probe = ProbeLevel::off;
};

/// Enqueues on `stream`; allocates nothing, does not synchronise. Blocks with kMaskedOutBit are
/// loaded and multiplied with weight 0, so they must hold finite numbers; blocks that no tile names
/// and rows beyond kv_len are never read. kv_offset and kv_head_stride of the sequences must be
/// multiples of 8; full speed needs multiples of head_dim. Throws InputError for an unsupported
/// shape, a misaligned pointer (16 bytes) or a GPU other than compute capability 9.0, CudaError if
/// the launch is refused.
void launch_prefill_wgmma(AttentionParams const& params, PrefillWgmmaTuning const& tuning,
                          cudaStream_t stream);

/// Occupancy and attributes on the current device. Throws InputError for an unsupported head_dim
/// or GPU.
[[nodiscard]] KernelFacts prefill_wgmma_facts(std::int32_t head_dim,
                                              PrefillWgmmaTuning const& tuning);

}  // namespace fluxscope::kernels
