#pragma once
// The work items of XAttention's kernels. Plain data without device code.

#include <cstdint>

namespace fluxscope::kernels {

/// A tile of the score kernels: two panels of query groups of the query heads of one KV head,
/// against all keys that they see.
struct XattnScoreTile {
  std::uint16_t seq = 0;
  std::uint16_t kv_head = 0;
  std::uint16_t panel_pair = 0;  ///< see xattn_panel_pairs()
  std::int32_t kv_blocks = 0;    ///< that its last panel sees
  std::int32_t first_row = 0;    ///< of XattnTables::rows: (seq, query head 0, query block 0)
};
static_assert(sizeof(XattnScoreTile) == 16);

/// A row of block scores: what xattn_select selects of.
struct XattnRow {
  std::uint16_t seq = 0;
  std::uint16_t q_head = 0;
  std::uint16_t q_block = 0;
  std::int32_t first_own_block = 0;  ///< first KV block that holds a position of the query block
  std::int32_t kv_blocks = 0;        ///< visible to the query block
};
static_assert(sizeof(XattnRow) == 16);

}  // namespace fluxscope::kernels
