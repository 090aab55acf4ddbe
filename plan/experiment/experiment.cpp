#include "plan/experiment/experiment.hpp"

#include <map>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "plan/experiment/case_table.hpp"
#include "plan/experiment/file.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

/// One batch of a workload: requests of one length.
struct Batch {
  Phase phase = Phase::prefill;
  std::int32_t requests = 0;
  SequenceShape shape;
};

LayerPlan layer_plan(Model const& model, Batch const& batch, Policy const& policy,
                     Gates const& gates, std::int32_t layer) {
  LayerPlan plan{.phase = batch.phase,
                 .shape = model.attention,
                 .batch_rule = policy.batch_rule,
                 .retention = policy.retention};
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  for (std::int32_t request = 0; request < batch.requests; ++request) {
    plan.sequences.push_back(batch.shape);
    for (std::int32_t head = 0; head < plan.shape.q_heads; ++head) {
      bool const full = gates.at(request, layer, head / group) != 0;
      plan.selections.push_back(full ? Selection{} : policy.sparse);
    }
  }
  return plan;
}

/// Grows the rows and cases of an experiment, policy by policy.
class Expansion {
 public:
  Expansion(Experiment& experiment) : experiment_(experiment) {}

  void add(Batch const& batch, Policy const& policy) {
    Gates const decided = policy.gates(batch.requests);
    if (decided.requests != 1 && decided.requests < batch.requests) {
      throw InputError(policy.where + ": " + policy.label + " has decisions for " +
                       std::to_string(decided.requests) + " requests (a batch has " +
                       std::to_string(batch.requests) +
                       ") give decisions for one request or for as many");
    }
    Gates const gates = for_batch(decided, batch.requests);
    std::vector<LayerPlan> layers;
    for (std::int32_t layer = 0; layer < experiment_.model.layers; ++layer) {
      layers.push_back(layer_plan(experiment_.model, batch, policy, gates, layer));
    }
    for (Execution const execution : policy.executions) {
      for (Scheduler const scheduler : policy.schedulers) {
        Row row{.policy = policy.label,
                .level = policy.level,
                .msr_ratio = gates.msr_ratio(),
                .phase = batch.phase,
                .batch = batch.requests,
                .q_len = batch.shape.q_len,
                .kv_len = batch.shape.kv_len,
                .execution = execution,
                .scheduler = scheduler};
        for (LayerPlan& layer : layers) {
          layer.execution = execution;
          layer.scheduler = scheduler;
          row.layer_cases.push_back(cases_.id_of(layer));
        }
        add_row(std::move(row), policy.where);
      }
    }
  }

  void finish() { experiment_.cases = cases_.take(); }

 private:
  void add_row(Row row, std::string const& where) {
    std::string const text = row.policy + ", MSR " + std::to_string(row.msr_ratio) + ", " +
                             to_text(row.phase) + ", batch " + std::to_string(row.batch) +
                             ", q_len " + std::to_string(row.q_len) + ", kv_len " +
                             std::to_string(row.kv_len) + ", " + to_text(row.execution) + ", " +
                             to_text(row.scheduler);
    auto const [first, is_new] = row_owners_.try_emplace(text, where);
    if (!is_new) {
      throw InputError(where + ": a second row '" + text + "' (the first is of " + first->second +
                       "; the table could not tell them apart) remove a workload or a policy, or " +
                       "give one a label");
    }
    row.row_id = static_cast<std::uint32_t>(experiment_.rows.size());
    experiment_.rows.push_back(std::move(row));
  }

  Experiment& experiment_;
  CaseTable cases_;
  std::map<std::string, std::string> row_owners_;  // text of a row -> file:line of its policy
};

}  // namespace

Experiment load_experiment(std::string const& path) {
  ExperimentFile file = read_experiment_file(path);
  Experiment experiment{.name = std::move(file.name),
                        .path = path,
                        .toml = std::move(file.toml),
                        .model = std::move(file.model),
                        .prefill_kernel = file.prefill_kernel,
                        .measure = std::move(file.measure)};
  Expansion expansion(experiment);
  for (Workload const& workload : file.workloads) {
    for (std::int64_t const requests : workload.batches) {
      for (std::int64_t const tokens : workload.kv_lens) {
        auto const kv_len = static_cast<std::int32_t>(tokens);
        Batch const batch{.phase = workload.phase,
                          .requests = static_cast<std::int32_t>(requests),
                          .shape = {workload.q_len == 0 ? kv_len : workload.q_len, kv_len}};
        for (Policy const& policy : file.policies) expansion.add(batch, policy);
      }
    }
  }
  expansion.finish();
  return experiment;
}

}  // namespace fluxscope::plan
