#include "tests/sim/experiments.hpp"

#include "plan/layer/names.hpp"

namespace fluxscope::sim::testing {

plan::Case layer_case(plan::Phase phase, std::int32_t batch, std::int32_t kv_len,
                      std::int32_t full_heads, plan::Execution execution,
                      plan::Scheduler scheduler) {
  plan::Case one;
  one.plan.phase = phase;
  one.plan.shape = {.q_heads = 32, .kv_heads = 8, .head_dim = 128};
  one.plan.execution = execution;
  one.plan.scheduler = scheduler;
  one.sparse = {.kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
  one.sparse_kind = full_heads < 8 ? "streaming" : "none";
  one.full_kv_heads = full_heads * batch;
  std::int32_t const q_len = phase == plan::Phase::prefill ? kv_len : 1;
  for (std::int32_t seq = 0; seq < batch; ++seq) {
    one.plan.sequences.push_back({q_len, kv_len});
    for (std::int32_t head = 0; head < 32; ++head) {
      one.plan.selections.push_back(head / 4 < full_heads ? plan::Selection{} : one.sparse);
    }
  }
  one.name = plan::to_text(phase) + "/b" + std::to_string(batch) + "/kv" + std::to_string(kv_len) +
             "/full" + std::to_string(full_heads) + "/" + plan::to_text(execution) + "/" +
             plan::to_text(scheduler);
  return one;
}

plan::Experiment grid_experiment() {
  using plan::Execution;
  using plan::Scheduler;
  plan::Experiment experiment;
  experiment.name = "grid";
  experiment.toml = "name = \"grid\"\n";
  auto const add = [&](plan::Phase phase, std::int32_t batch, std::int32_t kv_len) {
    for (std::int32_t const full : {5, 2}) {
      for (Execution const execution :
           {Execution::fused, Execution::balanced, Execution::two_pool, Execution::gather}) {
        for (Scheduler const scheduler : {Scheduler::natural, Scheduler::persistent}) {
          auto one = layer_case(phase, batch, kv_len, full, execution, scheduler);
          one.case_id = static_cast<std::uint32_t>(experiment.cases.size());
          experiment.cases.push_back(std::move(one));
        }
      }
    }
  };
  for (std::int32_t const kv_len : {1024, 2560, 4096}) add(plan::Phase::prefill, 1, kv_len);
  for (std::int32_t const batch : {1, 4}) {
    for (std::int32_t const kv_len : {8192, 32768, 131072}) {
      add(plan::Phase::decode, batch, kv_len);
    }
  }
  experiment.rows.push_back({.row_id = 0,
                             .policy = "head_dynamic",
                             .level = "head",
                             .msr_ratio = 0.5,
                             .q_len = 4096,
                             .kv_len = 4096,
                             .execution = Execution::fused,
                             .layer_cases = {0, 8, 8}});
  return experiment;
}

}  // namespace fluxscope::sim::testing
