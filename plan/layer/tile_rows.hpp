#pragma once
// Rows: what one (sequence, head, query block) visits, before it is split into tiles.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

/// One row of work. `whole` is its tile if it is not split.
struct TileRow {
  Tile whole;
  std::int32_t blocks = 0;   ///< visited
  std::int32_t section = 0;  ///< plan/layer/kv_sections.hpp; never falls from row to row
};

/// The rows of one launch and the list entries that they refer to.
struct TileRows {
  std::vector<TileRow> rows;  // natural order: (seq, head, q_block), q_block fastest
  std::vector<std::uint32_t> block_list;
};

/// Rows of the (seq, head) pairs that `in_launch` admits; head is a query head in prefill, a KV
/// head in decode. `masked`: every visible block is visited, the unselected ones marked
/// kMaskedOutBit.
struct RowRequest {
  bool masked = false;
  bool all_full = false;                ///< batch_rule any_full: read everything for everybody
  std::int64_t kv_section_bytes = 0;    ///< prefill: as in DeviceSlots
  std::vector<std::uint8_t> in_launch;  // [batch, heads of the phase]
};

[[nodiscard]] TileRows make_rows(LayerPlan const& plan, RowRequest const& request);

/// Heads that tiles of a phase count: query heads in prefill, KV heads in decode.
[[nodiscard]] std::int32_t tile_heads(LayerPlan const& plan);

/// The query head whose selection a tile head follows.
[[nodiscard]] std::int32_t selecting_head(LayerPlan const& plan, std::int32_t tile_head);

/// The block list of one row, kind `blocks`.
[[nodiscard]] std::span<std::int32_t const> listed_blocks(LayerPlan const& plan, std::size_t seq,
                                                          std::int32_t q_head,
                                                          std::int32_t q_block);

/// Selected blocks of one row.
[[nodiscard]] std::int32_t selected_count(LayerPlan const& plan, std::size_t seq,
                                          std::int32_t q_head, std::int32_t q_block);

}  // namespace fluxscope::plan
