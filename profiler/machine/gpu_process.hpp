#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace fluxscope::profiler {

/// A process that holds memory of the GPU to compute there.
struct GpuProcess {
  std::int64_t pid = 0;  ///< as the driver numbers it: inside a container another than getpid()'s
  std::string name;      ///< empty where unknown
  std::int64_t memory_bytes = -1;  ///< -1 where the driver does not say
};

/// "pid 4711 (python3, 12.3 GB), pid 4712"
[[nodiscard]] std::string describe(std::span<GpuProcess const> processes);

}  // namespace fluxscope::profiler
