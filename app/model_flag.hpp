#pragma once
// What the commands that plan a model's layers have in common.

#include <CLI/CLI.hpp>
#include <span>
#include <string>

namespace fluxscope::app {

/// Adds --model.
void add_model_flag(CLI::App& command, std::string& model);

/// " --model NAME" for a recorded command line; empty without the flag.
[[nodiscard]] std::string model_flag_text(std::string const& model);

/// Prints each to stderr, after "COMMAND: note: ".
void print_notes(std::string const& command, std::span<std::string const> notes);

}  // namespace fluxscope::app
