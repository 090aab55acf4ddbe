#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "plan/experiment/case_table.hpp"
#include "plan/experiment/experiment.hpp"
#include "plan/experiment/file.hpp"
#include "plan/experiment/policy_layers.hpp"

namespace fluxscope::plan {

/// Grows the rows, cases and steps of an experiment, batch by batch and policy by policy.
class Expansion {
 public:
  /// Both outlive it. experiment.model is set.
  Expansion(Experiment& experiment, StepKeys const& keys);

  /// A row for each execution and scheduler of the policy. Throws InputError for a second row of
  /// the same text, and as the policy's gates do.
  void add(Workload const& workload, std::vector<SequenceShape> const& batch, Policy const& policy);
  /// The cases are the experiment's from now on.
  void finish();

 private:
  /// A policy's layers, chunk by chunk.
  struct Planned {
    Gates gates;  ///< of the whole model
    std::shared_ptr<Gates const> of_rank;
    std::vector<std::vector<SequenceShape>> chunks;
    std::vector<std::vector<LayerPlan>> layers;  ///< [chunks, layers]
  };
  [[nodiscard]] Planned plan(Workload const& workload, std::vector<SequenceShape> const& batch,
                             Policy const& policy) const;
  void note_mixed_groups(Policy const& policy, Gates const& gates);
  void note_uneven_ranks(Policy const& policy, Gates const& gates);
  void add_row(Row row, std::string const& where);
  void add_steps(Row const& row, Planned const& planned, Policy const& policy);

  Experiment& experiment_;
  StepKeys const& keys_;
  Model rank_;
  CaseTable cases_;
  std::set<std::string> noted_;                    // labels
  std::set<std::string> uneven_;                   // labels
  std::map<std::string, std::string> row_owners_;  // text of a row -> file:line of its policy
};

}  // namespace fluxscope::plan
