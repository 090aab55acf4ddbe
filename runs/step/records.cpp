#include "runs/step/records.hpp"

#include <set>

#include "plan/layer/names.hpp"
#include "plan/step/weights.hpp"

namespace fluxscope::runs {
namespace {

void add_layer(std::uint32_t row_id, plan::Gates const& gates, std::int32_t request,
               std::int32_t layer, std::vector<traces::GateRecord>& records) {
  auto const full = [&](std::int32_t head) { return gates.at(request, layer, head) != 0; };
  bool alike = true;
  for (std::int32_t head = 1; head < gates.kv_heads; ++head) alike &= full(head) == full(0);
  for (std::int32_t head = 0; head < (alike ? 1 : gates.kv_heads); ++head) {
    records.push_back({.row_id = row_id,
                       .request = static_cast<std::uint32_t>(request),
                       .layer = static_cast<std::uint32_t>(layer),
                       .kv_head = alike ? traces::kNoRow : static_cast<std::uint32_t>(head),
                       .full = full(head)});
  }
}

}  // namespace

traces::StepRecord step_record(plan::Experiment const& experiment, plan::Step const& step,
                               std::span<traces::CaseRecord const> cases, std::size_t launches) {
  traces::StepRecord record{.step_id = step.step_id,
                            .name = step.name,
                            .row_id = step.row_id,
                            .mode = plan::to_text(step.mode),
                            .chunk = static_cast<std::uint32_t>(step.chunk),
                            .chunks = static_cast<std::uint32_t>(step.chunks),
                            .ranks = step.shape.ranks,
                            .routed = step.shape.routed,
                            .launches = static_cast<std::int32_t>(launches),
                            .weight_bytes = plan::weight_bytes(experiment.model, step.shape.ranks)};
  for (auto const& [q_len, kv_len] : step.shape.sequences) {
    record.tokens += q_len;
    record.kv_tokens += kv_len;
  }
  for (std::uint32_t const id : step.layer_cases) record.kv_bytes_held += cases[id].kv_bytes_held;
  return record;
}

traces::StepLaunchRecord step_launch_record(std::uint32_t step_id, std::uint32_t index,
                                            StepLaunch const& launch) {
  plan::StepOp const& op = launch.op;
  return {.step_id = step_id,
          .index = index,
          .layer = op.layer == plan::StepOp::kNoLayer ? traces::kNoRow
                                                      : static_cast<std::uint32_t>(op.layer),
          .op = plan::to_text(op.op),
          .counted_as = plan::counted_as(op.op),
          .case_id = launch.case_id,
          .m = op.gemm.m,
          .n = op.gemm.n,
          .k = op.gemm.k,
          .bytes = op.bytes};
}

std::vector<traces::GateRecord> gate_records(plan::Experiment const& experiment) {
  std::vector<traces::GateRecord> records;
  std::set<std::uint32_t> done;
  for (plan::Step const& step : experiment.steps) {
    if (!done.insert(step.row_id).second) continue;
    for (std::int32_t request = 0; request < step.gates->requests; ++request) {
      for (std::int32_t layer = 0; layer < step.gates->layers; ++layer) {
        add_layer(step.row_id, *step.gates, request, layer, records);
      }
    }
  }
  return records;
}

}  // namespace fluxscope::runs
