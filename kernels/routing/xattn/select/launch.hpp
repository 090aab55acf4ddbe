#pragma once
// xattn_select: from block scores to block lists, on the GPU.
//
// A row keeps its first sink_blocks blocks, the blocks that hold its own positions and the
// recent_blocks - 1 before them; then blocks in the order of falling score, ties with the lower
// block first, until the sum of the kept scores reaches the head's threshold times the sum of the
// row (arXiv 2503.16428; the released code counts the always kept blocks first as well). Sums are
// fp32 in a fixed order: against exact sums the last block may differ where the threshold lies
// within 1e-5 of the row's sum from a cumulative sum. A row whose sum is not finite keeps every
// block.
//
// Algorithm: the cut is the largest score at which the blocks at or above it reach the threshold,
// found bit by bit; a row's scores stay in registers, of one warp up to 1,024 blocks, of eight
// warps up to 8,192.

#include <cuda_runtime_api.h>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/block_lists.hpp"
#include "kernels/routing/xattn/work.hpp"

namespace fluxscope::kernels {

struct XattnSelectParams {
  float const* block_scores = nullptr;      // as XattnScoreParams
  std::int64_t const* row_begin = nullptr;  // XattnTables::row_begin
  XattnRow const* rows = nullptr;           // [rows], XattnTables::rows
  std::int32_t rows_count = 0;
  std::int32_t max_kv_blocks = 0;          ///< XattnTables::max_kv_blocks
  float threshold = 0.9f;                  ///< in [0, 1]; paper, Table 3
  float const* head_thresholds = nullptr;  // [q_heads] on the device, instead of threshold; what
                                           // lies outside [0, 1] counts as its nearer end
  std::int32_t sink_blocks = 1;
  std::int32_t recent_blocks = 1;     ///< >= 1: every query sees its own position
  std::int32_t* row_count = nullptr;  // [rows]: blocks kept
  std::uint32_t* columns = nullptr;   // [row_begin.back()]: ascending, from row_begin[row]
  ProbeBuffers probe;                 ///< warp records only
};

/// Never changes the result.
struct XattnSelectTuning {
  ProbeLevel probe = ProbeLevel::off;
};

/// The lists that launch_xattn_select writes.
[[nodiscard]] inline DeviceBlockLists block_lists(XattnSelectParams const& params) {
  return {.row_begin = params.row_begin, .row_count = params.row_count, .columns = params.columns};
}

/// Enqueues on `stream`; allocates nothing, does not synchronise. Throws InputError for a number
/// outside its range or a null or misaligned pointer, CudaError if the launch is refused.
void launch_xattn_select(XattnSelectParams const& params, XattnSelectTuning const& tuning,
                         cudaStream_t stream);

/// Throws InputError for max_kv_blocks out of range.
[[nodiscard]] KernelFacts xattn_select_facts(std::int32_t max_kv_blocks,
                                             XattnSelectTuning const& tuning);

}  // namespace fluxscope::kernels
