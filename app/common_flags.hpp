#pragma once
// What commands have in common.

#include <CLI/CLI.hpp>
#include <span>
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

/// Adds --model.
void add_model_flag(CLI::App& command, std::string& model);

/// " --model NAME" for a recorded command line; empty without the flag.
[[nodiscard]] std::string model_flag_text(std::string const& model);

/// Prints each to stderr, after "COMMAND: note: ".
void print_notes(std::string const& command, std::span<std::string const> notes);

}  // namespace fluxscope::app
