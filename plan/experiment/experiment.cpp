#include "plan/experiment/experiment.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "plan/experiment/case_table.hpp"
#include "plan/experiment/file.hpp"
#include "plan/experiment/policy_layers.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

/// Grows the rows and cases of an experiment, policy by policy.
class Expansion {
 public:
  Expansion(Experiment& experiment) : experiment_(experiment) {}

  void add(Batch const& batch, Policy const& policy) {
    PolicyLayers layers = policy_layers(experiment_.model, batch, policy);
    note_mixed_groups(policy, layers.gates);
    for (Execution const execution : policy.executions) {
      for (Scheduler const scheduler : policy.schedulers) {
        Row row{.policy = policy.label,
                .level = to_text(policy.level),
                .msr_ratio = layers.gates.msr_ratio(),
                .phase = batch.phase,
                .batch = batch.requests,
                .q_len = batch.shape.q_len,
                .kv_len = batch.shape.kv_len,
                .execution = execution,
                .scheduler = scheduler,
                .tied_kv_heads = layers.gates.tied_kv_heads,
                .tie_seed = layers.gates.tie_seed};
        for (LayerPlan& layer : layers.of_layer) {
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
  /// Says once for each policy what its decisions per query head lose in KV groups.
  void note_mixed_groups(Policy const& policy, Gates const& gates) {
    if (gates.sparse_q_heads == 0 || !noted_.insert(policy.label).second) return;
    experiment_.notes.push_back(
        "policy " + policy.label + " decides per query head: " +
        std::to_string(gates.mixed_q_heads) + " of its " + std::to_string(gates.sparse_q_heads) +
        " sparse query heads save no KV, because a full one shares their KV head");
  }

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
  std::set<std::string> noted_;                    // labels
  std::map<std::string, std::string> row_owners_;  // text of a row -> file:line of its policy
};

}  // namespace

Experiment load_experiment(std::string const& path, std::string const& model) {
  ExperimentFile file = read_experiment_file(path, model);
  Experiment experiment{.name = std::move(file.name),
                        .path = path,
                        .toml = std::move(file.toml),
                        .model = std::move(file.model),
                        .prefill_kernel = file.prefill_kernel,
                        .measure = std::move(file.measure),
                        .notes = std::move(file.notes)};
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
