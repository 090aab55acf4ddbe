#pragma once
// The distinct layers of an experiment.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/experiment/experiment.hpp"

namespace fluxscope::plan {

/// What does not change a plan's launches takes its plainest value:
///   execution   layer_uniform where all heads of all requests read alike
///   batch_rule  per_request unless the execution is layer_uniform and requests differ
///   retention   keep_all where no head is sparse
[[nodiscard]] LayerPlan canonical(LayerPlan plan);

/// Collects cases; layers with the same canonical plan are one case.
class CaseTable {
 public:
  /// The case of `plan` (no block lists), new or known. Throws InputError where the selections of
  /// all cases are beyond limits::kCaseSelections.
  [[nodiscard]] std::uint32_t id_of(LayerPlan plan);
  /// The same without canonical(): what a layer whose heads agree takes under `balanced` splits.
  [[nodiscard]] std::uint32_t id_of_exactly(LayerPlan plan);
  /// By case_id.
  [[nodiscard]] std::vector<Case> const& cases() const { return cases_; }
  [[nodiscard]] std::vector<Case> take() { return std::move(cases_); }

 private:
  std::vector<Case> cases_;
  std::map<std::vector<std::int32_t>, std::uint32_t> ids_;  // by canonical plan
  std::int64_t selections_ = 0;
  std::map<std::string, int> names_;  // how often each was wanted
};

}  // namespace fluxscope::plan
