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
                       .tie_seed = row.tie_seed});
  }
  return records;
}

std::vector<traces::RowLayerRecord> row_layer_records(plan::Experiment const& experiment) {
  std::vector<traces::RowLayerRecord> records;
  for (plan::Row const& row : experiment.rows) {
    for (std::uint32_t layer = 0; layer < row.layer_cases.size(); ++layer) {
      records.push_back({row.row_id, layer, row.layer_cases[layer]});
    }
  }
  return records;
}

}  // namespace fluxscope::runs
