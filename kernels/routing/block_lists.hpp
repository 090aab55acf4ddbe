#pragma once
// Block lists that the GPU makes and the GPU reads.

#include <cstdint>

namespace fluxscope::kernels {

/// KV blocks of the longest sequence whose selection the GPU makes: 2^20 tokens.
inline constexpr std::int32_t kMaxKvBlocks = 8192;

/// The device's counterpart of plan::BlockLists. Rows in the order (seq, q_head, q_block), q_block
/// fastest; row r is entries [row_begin[r], row_begin[r] + row_count[r]) of `columns`: strictly
/// ascending KV blocks, all causally visible to the query block. Where a row begins is known
/// beforehand, from the blocks that it could hold; how many it holds is not, so rows may end before
/// the next one begins.
struct DeviceBlockLists {
  std::int64_t const* row_begin = nullptr;  // [rows]
  std::int32_t const* row_count = nullptr;  // [rows]
  std::uint32_t const* columns = nullptr;
};

}  // namespace fluxscope::kernels
