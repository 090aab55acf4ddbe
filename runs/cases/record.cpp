#include "runs/cases/record.hpp"

#include "plan/experiment/case_summary.hpp"

namespace fluxscope::runs {

traces::CaseRecord case_record(plan::Case const& layer_case, plan::LayerWork const& work) {
  plan::CaseSummary const summary = plan::summarize(layer_case, work);
  return {.case_id = layer_case.case_id,
          .name = layer_case.name,
          .phase = summary.phase,
          .execution = summary.execution,
          .scheduler = summary.scheduler,
          .sparse_kind = layer_case.sparse_kind,
          .batch = summary.batch,
          .q_len = summary.q_len,
          .kv_len = summary.kv_len,
          .q_heads = layer_case.plan.shape.q_heads,
          .kv_heads = layer_case.plan.shape.kv_heads,
          .head_dim = layer_case.plan.shape.head_dim,
          .full_kv_heads = layer_case.full_kv_heads,
          .sink_tokens = layer_case.sparse.sink_tokens,
          .local_tokens = layer_case.sparse.local_tokens,
          .last_tokens = layer_case.sparse.last_tokens,
          .launches = summary.launches,
          .tiles = summary.tiles,
          .longest_tile_blocks = summary.longest_tile_blocks,
          .selected_blocks = summary.selected_blocks,
          .visited_blocks = summary.visited_blocks,
          .full_blocks = summary.full_blocks,
          .kv_bytes_selected = summary.kv_bytes_selected,
          .kv_bytes_held = summary.kv_bytes_held};
}

}  // namespace fluxscope::runs
