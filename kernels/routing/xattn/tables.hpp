#pragma once
// Host tables of XAttention's launches. They follow from the shapes alone.

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/routing/xattn/work.hpp"
#include "plan/layer/layer_plan.hpp"

namespace fluxscope::kernels {

struct XattnTables {
  /// [rows + 1], rows in the order (seq, q_head, q_block): the visible blocks before a row.
  std::vector<std::int64_t> row_begin;
  /// Most visible blocks first, ties in the order (seq, KV head, pair).
  std::vector<XattnScoreTile> tiles;
  /// In row order. The list of a row begins where its scores do.
  std::vector<XattnRow> rows;
  std::int32_t max_kv_blocks = 0;
};

/// Throws InputError for a stride other than 8 and 16, heads that do not divide, a
/// sequence with q_len outside [1, kv_len] or more than kMaxKvBlocks blocks, more than 65,536
/// panel pairs, or a batch or q_heads beyond 65,535.
[[nodiscard]] XattnTables make_xattn_tables(plan::AttentionShape const& shape,
                                            std::span<plan::SequenceShape const> sequences,
                                            std::int32_t stride);

}  // namespace fluxscope::kernels
