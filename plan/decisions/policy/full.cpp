#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {

/// full: no keys.
Decisions read_full(TomlTable const&, PolicyContext const& context) {
  return {.gates = shared(full_gates(context.model, 1))};
}

}  // namespace fluxscope::plan
