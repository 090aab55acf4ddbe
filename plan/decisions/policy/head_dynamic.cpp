#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {

/// head_dynamic:
///   msr_ratio, seed, gate_per_request; or gates, requests
///   head_order
GateMaker read_head_dynamic(TomlTable const& table, PolicyContext const& context) {
  expect_one_of(table, "msr_ratio", "gates");
  return in_head_order(table, table.has("gates") ? gates_of_file(table, context, PolicyLevel::head)
                                                 : drawn(table, context.model, head_gates));
}

}  // namespace fluxscope::plan
