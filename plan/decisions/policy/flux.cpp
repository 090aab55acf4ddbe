#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {

/// flux (Flux Attention, arXiv 2604.07394):
///   msr_ratio, seed, gate_per_request; or gates, requests: a file whose layers' heads agree
///   batch_rule  batch_rule_names(): what a layer does whose requests differ; default per_request
///   routed      steps only: a prefill runs the router and plan_gpu in each layer (default), whose
///               gates these decisions then replace, so that a run can be repeated; false: the
///               gates are known beforehand and cost nothing
Decisions read_flux(TomlTable const& table, PolicyContext const& context) {
  expect_decisions(table, context);
  if (table.has("gates")) return {.gates = gates_of_file(table, context, PolicyLevel::layer)};
  return {.gates = drawn(table, context, layer_gates)};
}

}  // namespace fluxscope::plan
