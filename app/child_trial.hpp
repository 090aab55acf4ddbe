#pragma once
// Tries something in a process of its own first.

#include <cstdint>
#include <functional>
#include <string>

namespace fluxscope::app {

struct TrialLimits {
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< of address space
  unsigned cpu_seconds = 60;
};

/// Runs `attempt` in a forked child under `limits`. Returns where it ended by itself. Throws
/// InputError where it threw one (with its message), crashed, or met a limit: the message begins
/// with `path`. Call it before threads are started.
void try_in_child(std::string const& path, std::function<void()> const& attempt,
                  TrialLimits const& limits = {});

}  // namespace fluxscope::app
