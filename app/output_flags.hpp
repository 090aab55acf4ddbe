#pragma once
// What every command that writes has in common.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/files/input_log.hpp"
#include "base/output/output_file.hpp"

namespace fluxscope::app {

/// Adds --force.
void add_force_flag(CLI::App& command, bool& force);

/// Rules for an output of these kinds, which replaces nothing that was read while `inputs` exists.
[[nodiscard]] OutputRules output_rules(std::vector<FileKind> kinds, InputLog const& inputs,
                                       bool force);

}  // namespace fluxscope::app
