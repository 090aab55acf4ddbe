#pragma once
// The words of plans, spelled once, for configs, traces and messages; those of operations and
// their kernels are the catalog's (plan/op/catalog.hpp).

#include <string>
#include <vector>

#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

[[nodiscard]] std::string to_text(Phase value);
[[nodiscard]] std::string to_text(Execution value);
[[nodiscard]] std::string to_text(Scheduler value);
[[nodiscard]] std::string to_text(BatchRule value);
[[nodiscard]] std::string to_text(KvRetention value);
[[nodiscard]] std::string to_text(SelectionKind value);
[[nodiscard]] std::string to_text(LaunchOp value);
[[nodiscard]] std::string to_text(PrefillKernel value);
[[nodiscard]] std::string to_text(CountedAs value);
[[nodiscard]] std::string to_text(MatrixInstruction value);

/// What of its case the time of such a launch is: "attention", "selection" (making or moving the
/// selected KV) or "other".
[[nodiscard]] std::string counted_as(LaunchOp value);

// The spellings of an enumeration in the order of its values.
[[nodiscard]] std::vector<std::string> phase_names();
[[nodiscard]] std::vector<std::string> execution_names();
/// The executions of layers whose heads differ: all but layer_uniform.
[[nodiscard]] std::vector<std::string> head_execution_names();
[[nodiscard]] std::vector<std::string> scheduler_names();
[[nodiscard]] std::vector<std::string> batch_rule_names();
[[nodiscard]] std::vector<std::string> kv_retention_names();
[[nodiscard]] std::vector<std::string> prefill_kernel_names();
[[nodiscard]] std::vector<std::string> tile_op_names();  ///< operations that are made of tiles
[[nodiscard]] std::vector<std::string> matrix_instruction_names();

// The value that a text spells. Throw ContractError for an unknown text: readers of configs offer
// the choice first (TomlTable::choice).
[[nodiscard]] Phase phase_from(std::string const& text);
[[nodiscard]] Execution execution_from(std::string const& text);
[[nodiscard]] Scheduler scheduler_from(std::string const& text);
[[nodiscard]] BatchRule batch_rule_from(std::string const& text);
[[nodiscard]] KvRetention kv_retention_from(std::string const& text);
[[nodiscard]] PrefillKernel prefill_kernel_from(std::string const& text);
[[nodiscard]] LaunchOp op_from(std::string const& text);
[[nodiscard]] MatrixInstruction matrix_instruction_from(std::string const& text);

}  // namespace fluxscope::plan
