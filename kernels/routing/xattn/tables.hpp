#pragma once
// Host tables of XAttention's launches. They follow from the shapes alone.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/layer/layer_plan.hpp"

namespace fluxscope::kernels {

struct XattnTables {
  /// [rows + 1], rows in the order (seq, q_head, q_block): the visible blocks before a row. Row r's
  /// scores and, from the same place on, its list lie at row_begin[r].
  std::vector<std::int64_t> row_begin;
  /// For the score kernels, most visible blocks first, ties in the order (seq, KV head, pair): head
  /// = KV head, q_block = panel pair, kv_count = visible KV blocks, partial_slot = row of (seq,
  /// head 0, q_block 0).
  std::vector<plan::Tile> tiles;
  /// For xattn_select, one row each in row order: head = query head, kv_begin = first KV block that
  /// holds a position of the query block, kv_count = visible KV blocks, partial_slot = row.
  std::vector<plan::Tile> rows;
  std::int32_t max_kv_blocks = 0;
};

/// Throws InputError for a stride other than 8 and 16, heads that do not divide, a
/// sequence with q_len outside [1, kv_len] or more than kMaxKvBlocks blocks, more than 65,536
/// panel pairs, or a batch or q_heads beyond 65,535.
[[nodiscard]] XattnTables make_xattn_tables(plan::AttentionShape const& shape,
                                            std::span<plan::SequenceShape const> sequences,
                                            std::int32_t stride);

}  // namespace fluxscope::kernels
