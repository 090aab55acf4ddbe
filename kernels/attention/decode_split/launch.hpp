#pragma once
// decode_split: one query row per head, KV split over CTAs, the query heads of a KV head packed
// into one tile. Flash-Decoding (Dao, Haziza, Massa, Sizov 2023); merged by launch_combine.

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"

namespace fluxscope::kernels {

/// Never changes the result beyond rounding.
struct DecodeSplitTuning {
  ProbeLevel probe = ProbeLevel::off;
  /// As CombineTuning::early, and the first blocks of K and V are on their way before the grid
  /// ahead in the stream has ended. That grid may write q and the last block of each sequence in k
  /// and v (the newest token lies there); all else must be there before it starts: the plan (work,
  /// sequences), page_table and the older blocks. After a grid that writes those, say false.
  bool early = false;
};

/// Enqueues on `stream`; allocates nothing, does not synchronise. q_len is 1 for every sequence;
/// tile.head is a KV head. Blocks with kMaskedOutBit are loaded and multiplied with weight 0, so
/// they must hold finite numbers; blocks that no tile names are never read. Throws InputError for
/// an unsupported shape (head_dim 64 or 128, group <= 16) or a misaligned pointer (16 bytes),
/// CudaError if the launch is refused.
void launch_decode_split(AttentionParams const& params, DecodeSplitTuning const& tuning,
                         cudaStream_t stream);

/// Occupancy and attributes on the current device.
[[nodiscard]] KernelFacts decode_split_facts(std::int32_t head_dim,
                                             DecodeSplitTuning const& tuning);

}  // namespace fluxscope::kernels
