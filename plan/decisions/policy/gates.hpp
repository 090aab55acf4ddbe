#pragma once

#include "plan/decisions/policy/policy.hpp"

namespace fluxscope::plan {

/// Reads the decisions of policy `name`, see read_policy(). Throws InputError with file:line.
[[nodiscard]] std::function<Gates(std::int32_t requests)> read_policy_gates(
    TomlTable const& table, std::string const& name, PolicyContext const& context);

}  // namespace fluxscope::plan
