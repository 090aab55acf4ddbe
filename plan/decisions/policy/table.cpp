#include "plan/decisions/policy/table.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace fluxscope::plan {

// One file of this folder each: NAME.cpp.
Decisions read_full(TomlTable const& table, PolicyContext const& context);
Decisions read_flux(TomlTable const& table, PolicyContext const& context);
Decisions read_head_dynamic(TomlTable const& table, PolicyContext const& context);
Decisions read_duo(TomlTable const& table, PolicyContext const& context);
Decisions read_static_ratio(TomlTable const& table, PolicyContext const& context);
Decisions read_triangle_mix(TomlTable const& table, PolicyContext const& context);
Decisions read_own_windows(TomlTable const& table, PolicyContext const& context);

std::vector<PolicyKind> const& policy_table() {
  static std::vector<PolicyKind> const table{
      {.name = "full",
       .level = PolicyLevel::full,
       .about = "Every head of every layer reads all KV.",
       .read = read_full},
      {.name = "flux",
       .level = PolicyLevel::layer,
       .about = "Each layer is full or sparse, drawn at an MSR or read from a file of gates.",
       .keys = {"msr_ratio", "seed", "gate_per_request", "gates", "requests", "batch_rule",
                "routed"},
       .read = read_flux,
       .draw = layer_gates},
      {.name = "head_dynamic",
       .level = PolicyLevel::head,
       .about = "Each KV head is full or sparse, drawn at an MSR or read from a file of gates.",
       .keys = {"msr_ratio", "seed", "gate_per_request", "gates", "requests", "head_order"},
       .read = read_head_dynamic,
       .draw = head_gates},
      {.name = "duo",
       .level = PolicyLevel::head,
       .about = "DuoAttention: the heads of the highest scores are full, or a count per layer.",
       .keys = {"pattern", "pattern_list", "msr_ratio", "seed", "head_order",
                "full_heads_per_layer"},
       .read = read_duo},
      {.name = "static_ratio",
       .level = PolicyLevel::head,
       .about = "The same number of full KV heads in every layer.",
       .keys = {"full_kv_heads", "seed"},
       .read = read_static_ratio},
      {.name = "triangle_mix",
       .level = PolicyLevel::layer,
       .about = "TriangleMix: layers from a given one on read a triangle.",
       .keys = {"first_sparse_layer"},
       .read = read_triangle_mix,
       .sparse_kind = SelectionKind::triangle},
      {.name = "own_windows",
       .level = PolicyLevel::layer,
       .about = "Layers with a sliding window of the model's own read it, the others all KV.",
       .keys = {"index_blocks"},
       .read = read_own_windows}};
  return table;
}

bool PolicyKind::takes(std::string const& key) const {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

PolicyKind const& policy_kind(std::string const& name) {
  auto const& table = policy_table();
  auto const row = std::find_if(table.begin(), table.end(),
                                [&](PolicyKind const& kind) { return kind.name == name; });
  if (row == table.end()) throw ContractError("'" + name + "' is no policy");
  return *row;
}

std::vector<std::string> policy_names() {
  std::vector<std::string> names;
  for (PolicyKind const& kind : policy_table()) names.push_back(kind.name);
  return names;
}

std::vector<std::string> drawn_policy_names() {
  std::vector<std::string> names;
  for (PolicyKind const& kind : policy_table()) {
    if (kind.draw != nullptr) names.push_back(kind.name);
  }
  return names;
}

}  // namespace fluxscope::plan
