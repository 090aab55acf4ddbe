#include "app/common_flags.hpp"

#include <iostream>
#include <utility>

namespace fluxscope::app {

void add_force_flag(CLI::App& command, bool& force) {
  command.add_flag("--force", force,
                   "let the output replace a file that this command did not write");
}

OutputRules output_rules(std::vector<FileKind> kinds, InputLog const& inputs, bool force) {
  return {.kinds = std::move(kinds), .inputs = inputs.paths(), .force = force};
}

void add_model_flag(CLI::App& command, std::string& model) {
  command
      .add_option("--model", model,
                  "in place of the file's: a name in configs/models, or a path to a model file or "
                  "a Hugging Face config.json")
      ->type_name("NAME|FILE");
}

std::string model_flag_text(std::string const& model) {
  return model.empty() ? "" : " --model " + model;
}

void print_notes(std::string const& command, std::span<std::string const> notes) {
  for (std::string const& note : notes) std::cerr << command << ": note: " << note << '\n';
}

}  // namespace fluxscope::app
