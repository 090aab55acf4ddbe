#pragma once
// The policies that an experiment can name, a row each; each has a file of this folder.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/decisions/policy/policy.hpp"

namespace fluxscope::plan {

struct PolicyKind {
  std::string name;
  PolicyLevel level = PolicyLevel::full;
  std::string about;              ///< one sentence
  std::vector<std::string> keys;  ///< its own, beside those of its level; see read_policy()
  /// Reads the keys that make its decisions. Throws InputError with file:line.
  Decisions (*read)(TomlTable const& table, PolicyContext const& context) = nullptr;
  /// Its decisions where an MSR and a seed are all there is to them; null: they need more.
  GateDraw draw = nullptr;
  std::optional<SelectionKind> sparse_kind;  ///< what its sparse heads must read; nullopt: any

  [[nodiscard]] bool takes(std::string const& key) const;
};

[[nodiscard]] std::vector<PolicyKind> const& policy_table();

/// The row of `name`. Throws ContractError for another name: readers offer the choice first.
[[nodiscard]] PolicyKind const& policy_kind(std::string const& name);

[[nodiscard]] std::vector<std::string> policy_names();
/// Those with `draw`.
[[nodiscard]] std::vector<std::string> drawn_policy_names();

}  // namespace fluxscope::plan
