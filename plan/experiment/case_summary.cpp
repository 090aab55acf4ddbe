#include "plan/experiment/case_summary.hpp"

#include <algorithm>

#include "plan/layer/names.hpp"
#include "plan/layer/tile_rows.hpp"

namespace fluxscope::plan {

CaseSummary summarize(Case const& layer_case, LayerWork const& work) {
  LayerPlan const& plan = layer_case.plan;
  CaseSummary summary{.phase = to_text(plan.phase),
                      .execution = to_text(plan.execution),
                      .scheduler = to_text(plan.scheduler),
                      .batch = static_cast<std::int32_t>(plan.sequences.size()),
                      .launches = static_cast<std::int32_t>(work.launches.size()),
                      .selected_blocks = work.selected_blocks,
                      .visited_blocks = work.visited_blocks};
  for (auto const& [q_len, kv_len] : plan.sequences) {
    summary.q_len = std::max(summary.q_len, q_len);
    summary.kv_len = std::max(summary.kv_len, kv_len);
    for (std::int32_t q_block = 0; q_block < blocks_of(q_len); ++q_block) {
      summary.full_blocks +=
          std::int64_t{visible_blocks(q_len, kv_len, q_block)} * tile_heads(plan);
    }
  }
  for (WorkList const& list : work.launches) {
    if (op_row(list.op).counted_as != CountedAs::attention) continue;
    summary.tiles += static_cast<std::int64_t>(list.tiles.size());
    for (Tile const& tile : list.tiles) {
      summary.longest_tile_blocks =
          std::max<std::int64_t>(summary.longest_tile_blocks, visited_blocks(tile));
    }
  }
  summary.kv_bytes_selected = work.distinct_blocks * kv_block_bytes(plan.shape);
  summary.kv_bytes_held = work.kv.held_blocks * kv_block_bytes(plan.shape);
  return summary;
}

}  // namespace fluxscope::plan
