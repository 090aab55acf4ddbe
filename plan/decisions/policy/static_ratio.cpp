#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {

/// static_ratio:
///   full_kv_heads  of every layer
///   seed           their places, one order for all layers
Decisions read_static_ratio(TomlTable const& table, PolicyContext const& context) {
  auto const full = static_cast<std::int32_t>(
      table.integer("full_kv_heads", {0, context.model.attention.kv_heads}));
  std::vector<std::int32_t> const counts(static_cast<std::size_t>(context.model.layers), full);
  return {.gates = shared(counted_gates(context.model, counts, 1, read_seed(table)))};
}

}  // namespace fluxscope::plan
