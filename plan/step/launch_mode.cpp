#include "plan/step/launch_mode.hpp"

#include "base/error.hpp"

namespace fluxscope::plan {

std::vector<std::string> launch_mode_names() { return {"eager", "graph"}; }

std::string to_text(LaunchMode value) {
  return launch_mode_names().at(static_cast<std::size_t>(value));
}

LaunchMode launch_mode_from(std::string const& text) {
  auto const names = launch_mode_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<LaunchMode>(i);
  }
  throw ContractError("'" + text + "' is not a name of this choice");
}

}  // namespace fluxscope::plan
