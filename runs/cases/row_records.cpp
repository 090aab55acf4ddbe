#include "runs/cases/row_records.hpp"

#include <cstdint>

#include "plan/layer/names.hpp"

namespace fluxscope::runs {

std::vector<traces::RowRecord> row_records(plan::Experiment const& experiment) {
  std::vector<traces::RowRecord> records;
  for (plan::Row const& row : experiment.rows) {
    records.push_back({.row_id = row.row_id,
                       .policy = row.policy,
                       .level = row.level,
                       .msr_ratio = row.msr_ratio,
                       .phase = plan::to_text(row.phase),
                       .batch = row.batch,
                       .q_len = row.q_len,
                       .kv_len = row.kv_len,
                       .execution = plan::to_text(row.execution),
                       .scheduler = plan::to_text(row.scheduler),
                       .tied_kv_heads = row.tied_kv_heads,
                       .tie_seed = row.tie_seed,
                       .kv_tokens = row.kv_tokens});
  }
  return records;
}

std::vector<traces::RowLayerRecord> row_layer_records(plan::Experiment const& experiment) {
  std::vector<traces::RowLayerRecord> records;
  for (plan::Row const& row : experiment.rows) {
    std::size_t const layers = row.layer_cases.size() / static_cast<std::size_t>(row.chunks);
    for (std::size_t i = 0; i < row.layer_cases.size(); ++i) {
      // Of a prefill in chunks every chunk's.
      records.push_back({row.row_id, static_cast<std::uint32_t>(i % layers), row.layer_cases[i]});
    }
  }
  return records;
}

}  // namespace fluxscope::runs
