#pragma once
// What works on this machine and how to mend what does not. No CUDA header: the doctor command
// includes it.

#include <string>
#include <vector>

#include "base/files/library_opener.hpp"

namespace fluxscope::profiler {

enum class Health { works, limited, missing };

struct Finding {
  std::string topic;  ///< "driver", "GPU", "CUPTI", "counters", ...
  Health health = Health::works;
  std::string text;    ///< what was found
  std::string remedy;  ///< what to do; empty where it works
};

/// Driver, GPU and who else uses it, CUPTI, its interfaces one by one, timers, NVML. Never throws
/// for something missing.
[[nodiscard]] std::vector<Finding> check_machine(LibraryOpener& opener);

/// `users`: describe() of the other processes on the GPU. `listed`: NVML says who they are.
[[nodiscard]] Finding users_finding(bool listed, std::string const& users);

/// True where the driver lets this process read hardware counters, as far as the driver's own
/// settings say: root, or RmProfilingAdminOnly = 0.
[[nodiscard]] bool counters_privileged();

/// RmProfilingAdminOnly out of the text of /proc/driver/nvidia/params: true where it is 0.
[[nodiscard]] bool profiling_open_to_all(std::string const& driver_params);

}  // namespace fluxscope::profiler
