#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fluxscope::plan {

/// How a step's launches reach the GPU: one by one from the host, or as one CUDA graph.
enum class LaunchMode : std::uint8_t { eager, graph };

/// "eager", "graph".
[[nodiscard]] std::vector<std::string> launch_mode_names();
[[nodiscard]] std::string to_text(LaunchMode value);
/// Throws ContractError for another text: readers offer the choice first.
[[nodiscard]] LaunchMode launch_mode_from(std::string const& text);

}  // namespace fluxscope::plan
