#include "app/output_flags.hpp"

#include <utility>

namespace fluxscope::app {

void add_force_flag(CLI::App& command, bool& force) {
  command.add_flag("--force", force,
                   "let the output replace a file that this command did not write");
}

OutputRules output_rules(std::vector<FileKind> kinds, InputLog const& inputs, bool force) {
  return {.kinds = std::move(kinds), .inputs = inputs.paths(), .force = force};
}

}  // namespace fluxscope::app
