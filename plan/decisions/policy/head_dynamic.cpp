#include "plan/decisions/gate_file/gate_file.hpp"
#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {

/// head_dynamic:
///   msr_ratio, seed, gate_per_request; or gates, requests
///   head_order
Decisions read_head_dynamic(TomlTable const& table, PolicyContext const& context) {
  expect_decisions(table, context);
  if (!table.has("gates")) {
    return {.gates = in_head_order(table, drawn(table, context, head_gates))};
  }
  return {.gates = in_head_order(table, gates_of_file(table, context, PolicyLevel::head)),
          .file_sparse = read_beside(table, "gates", context, pattern_selection)};
}

}  // namespace fluxscope::plan
