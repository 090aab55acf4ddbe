#include "app/model_flag.hpp"

#include <iostream>

namespace fluxscope::app {

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
