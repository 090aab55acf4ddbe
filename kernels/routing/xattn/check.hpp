#pragma once
// What the launchers of XAttention check alike.

#include "kernels/attention/params.hpp"

namespace fluxscope::kernels {

/// Throws InputError unless stride is 8 or 16.
void check_stride(std::int32_t stride, char const* where);

/// Throws InputError unless 1 <= max_kv_blocks <= kMaxKvBlocks.
void check_kv_blocks(std::int32_t max_kv_blocks, char const* where);

}  // namespace fluxscope::kernels
