#pragma once
// xattn_score_wgmma: the block scores of kernels/routing/xattn/score/launch.hpp with the copy
// engine, wgmma and specialised warps (sm_90a).
//
// A key group is a row of stride x head_dim elements, so a pair of groups is a row of a matrix
// product of that depth; a query group reads its own depth in reverse order. A producer warp fills
// a ring with steps of 64 columns of both, two warpgroups multiply, one panel of query groups each,
// with 256 key groups at a time.

#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/xattn/score/launch.hpp"

namespace fluxscope::kernels {

/// As launch_xattn_score. Full speed needs kv_offset, kv_head_stride and token_stride in multiples
/// of head_dim. Throws InputError for a GPU other than compute capability 9.0 as well.
void launch_xattn_score_wgmma(XattnScoreParams const& params, XattnTuning const& tuning,
                              cudaStream_t stream);

/// Throws InputError for an unsupported head_dim, stride or GPU.
[[nodiscard]] KernelFacts xattn_score_wgmma_facts(std::int32_t head_dim, std::int32_t stride,
                                                  XattnTuning const& tuning);

}  // namespace fluxscope::kernels
