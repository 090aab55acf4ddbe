#include "runs/planned_cases.hpp"

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "plan/experiment/case_summary.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::runs {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{4} << 30;

std::size_t host_bytes(plan::LayerWork const& work) {
  std::size_t bytes = work.kv.page_table.size() * sizeof(std::int32_t);
  for (plan::WorkList const& list : work.launches) {
    bytes +=
        list.tiles.size() * sizeof(plan::Tile) + list.block_list.size() * sizeof(std::uint32_t);
  }
  return bytes;
}

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
          .kv_bytes_held = summary.kv_bytes_held,
          .provenance = "measured"};
}

}  // namespace

PlannedCases::PlannedCases(plan::Experiment const& experiment, plan::DeviceSlots const& slots)
    : experiment_(experiment), slots_(slots) {
  std::size_t const count = experiment.cases.size();
  kept_.resize(count);
  records_.resize(count);
  std::size_t const share = kKeptBytes / (count + 1);
  parallel_for(count, [&](std::size_t i) {
    plan::Case const& layer_case = experiment.cases[i];
    try {
      auto work =
          std::make_shared<plan::LayerWork const>(plan::make_layer_work(layer_case.plan, slots));
      records_[i] = case_record(layer_case, *work);
      if (host_bytes(*work) <= share) kept_[i] = std::move(work);
    } catch (InputError const& error) {
      throw InputError("case " + layer_case.name + ": " + error.what());
    }
  });
}

std::shared_ptr<plan::LayerWork const> PlannedCases::work(std::size_t index) const {
  if (kept_[index] != nullptr) return kept_[index];
  return std::make_shared<plan::LayerWork const>(
      plan::make_layer_work(experiment_.cases[index].plan, slots_));
}

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
                       .scheduler = plan::to_text(row.scheduler)});
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
