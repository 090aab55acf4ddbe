#pragma once
// What every launcher checks before it enqueues. Contents of device memory cannot be checked here:
// kv_offset and kv_head_stride of the sequences must be multiples of 8 elements (16 bytes).

#include "kernels/attention/params.hpp"

namespace fluxscope::kernels {

/// Throws InputError "where: `name` is ..." if `pointer` is null or not on a 16-byte boundary.
void check_pointer(void const* pointer, char const* where, char const* name);

/// Throws InputError unless head_dim is 64 or 128 and kv_heads divides q_heads.
void check_heads(std::int32_t q_heads, std::int32_t kv_heads, std::int32_t head_dim,
                 char const* where);

/// Throws InputError unless k and v are aligned and the strides or the page size are supported.
void check_kv(KvParams const& kv, char const* where);

/// Throws InputError for a tile table that no scheduler has. An empty one is valid.
void check_work(TileTableOf<void> const& work, char const* where);

/// All of the above for an attention launch, and that softmax_scale is positive and finite, the
/// tensors are there and o_partial and lse_partial go together. Without tiles the pointers may be
/// null.
void check_attention(AttentionParams const& params, char const* where);

/// Throws InputError "where: problem (why) what to do" unless `holds`.
void require(bool holds, char const* where, char const* problem);

}  // namespace fluxscope::kernels
