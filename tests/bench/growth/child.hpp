#pragma once
// Work in a process of its own, with its time and its memory.

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fluxscope::bench {

struct Cost {
  double seconds = 0;  ///< of the processor, user and system, all threads: others do not disturb it
  double peak_mib = 0;  ///< largest resident set of the process
};

/// Runs `command` with its output thrown away; nullopt where it took longer than `limit_s` of the
/// processor, and was ended. Throws std::runtime_error where it failed, with its last words.
[[nodiscard]] std::optional<Cost> cost_of(std::vector<std::string> const& command, double limit_s);

/// The same of a function in a copy of this process, which returns the seconds that count.
[[nodiscard]] std::optional<Cost> cost_of(std::function<double()> const& work, double limit_s);

/// Of this process so far.
[[nodiscard]] double processor_seconds();

}  // namespace fluxscope::bench
