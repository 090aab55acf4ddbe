#include "plan/layer/names.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace fluxscope::plan {
namespace {

template <class Enum>
Enum value_of(std::vector<std::string> const& names, std::string const& text) {
  auto const found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) throw ContractError("'" + text + "' is not a name of this choice");
  return static_cast<Enum>(found - names.begin());
}

template <class Enum>
std::string name_of(std::vector<std::string> const& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

std::vector<std::string> const kSelectionKinds{"full", "streaming", "triangle", "blocks"};
std::vector<std::string> const kCountedAs{"attention", "selection", "other"};

}  // namespace

std::vector<std::string> phase_names() { return {"prefill", "decode"}; }

std::vector<std::string> execution_names() {
  return {"layer_uniform", "masked", "gather", "two_pool", "fused", "balanced"};
}

std::vector<std::string> head_execution_names() {
  auto names = execution_names();
  std::erase(names, to_text(Execution::layer_uniform));
  return names;
}

std::vector<std::string> scheduler_names() {
  return {"natural", "longest_first", "persistent", "balanced_split", "longest_spread"};
}

std::vector<std::string> batch_rule_names() { return {"any_full", "group_by_gate", "per_request"}; }

std::vector<std::string> kv_retention_names() { return {"keep_all", "evict"}; }

std::vector<std::string> prefill_kernel_names() {
  std::vector<std::string> names;
  for (OpKernel const& kernel : op_row(LaunchOp::prefill).kernels) names.emplace_back(kernel.name);
  return names;
}

std::vector<std::string> tile_op_names() {
  std::vector<std::string> names;
  for (OpRow const& row : op_catalog()) {
    if (row.form == OpForm::tiles) names.emplace_back(row.name);
  }
  return names;
}

std::vector<std::string> matrix_instruction_names() { return {"mma_sync", "wgmma"}; }

std::string to_text(Phase value) { return name_of(phase_names(), value); }
std::string to_text(Execution value) { return name_of(execution_names(), value); }
std::string to_text(Scheduler value) { return name_of(scheduler_names(), value); }
std::string to_text(BatchRule value) { return name_of(batch_rule_names(), value); }
std::string to_text(KvRetention value) { return name_of(kv_retention_names(), value); }
std::string to_text(SelectionKind value) { return name_of(kSelectionKinds, value); }
std::string to_text(LaunchOp value) { return std::string(op_row(value).name); }
std::string counted_as(LaunchOp value) { return to_text(op_row(value).counted_as); }
std::string to_text(PrefillKernel value) { return name_of(prefill_kernel_names(), value); }
std::string to_text(CountedAs value) { return name_of(kCountedAs, value); }
std::string to_text(MatrixInstruction value) { return name_of(matrix_instruction_names(), value); }

Phase phase_from(std::string const& text) { return value_of<Phase>(phase_names(), text); }
Execution execution_from(std::string const& text) {
  return value_of<Execution>(execution_names(), text);
}
Scheduler scheduler_from(std::string const& text) {
  return value_of<Scheduler>(scheduler_names(), text);
}
BatchRule batch_rule_from(std::string const& text) {
  return value_of<BatchRule>(batch_rule_names(), text);
}
KvRetention kv_retention_from(std::string const& text) {
  return value_of<KvRetention>(kv_retention_names(), text);
}

PrefillKernel prefill_kernel_from(std::string const& text) {
  return value_of<PrefillKernel>(prefill_kernel_names(), text);
}

LaunchOp op_from(std::string const& text) {
  auto const op = find_op(text);
  expects(op.has_value(), "the name is one of a list");
  return *op;
}

MatrixInstruction matrix_instruction_from(std::string const& text) {
  return value_of<MatrixInstruction>(matrix_instruction_names(), text);
}

}  // namespace fluxscope::plan
