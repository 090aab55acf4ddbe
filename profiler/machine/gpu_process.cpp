#include "profiler/machine/gpu_process.hpp"

#include <cstdio>

namespace fluxscope::profiler {

std::string describe(std::span<GpuProcess const> processes) {
  std::string text;
  for (GpuProcess const& process : processes) {
    std::string facts = process.name;
    if (process.memory_bytes >= 0) {
      char gigabytes[32];
      std::snprintf(gigabytes, sizeof gigabytes, "%.1f GB",
                    static_cast<double>(process.memory_bytes) / 1e9);
      if (!facts.empty()) facts += ", ";
      facts += gigabytes;
    }
    if (!text.empty()) text += ", ";
    text += "pid " + std::to_string(process.pid);
    if (!facts.empty()) text += " (" + facts + ")";
  }
  return text;
}

}  // namespace fluxscope::profiler
