#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {

/// triangle_mix (TriangleMix, arXiv 2507.21526):
///   first_sparse_layer  layers from it on read a triangle; as many as the model has: none does
Decisions read_triangle_mix(TomlTable const& table, PolicyContext const& context) {
  auto const first =
      static_cast<std::int32_t>(table.integer("first_sparse_layer", {0, context.model.layers}));
  return {.gates = shared(tail_layer_gates(context.model, first, 1))};
}

}  // namespace fluxscope::plan
