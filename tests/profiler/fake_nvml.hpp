#pragma once
// An NVML whose list of processes the test decides.

#include <string>
#include <vector>

#include "tests/profiler/fake_libraries.hpp"

namespace fluxscope::profiler {

struct FakeNvml {
  static constexpr char kLibrary[] = "libnvidia-ml.so.1";
  static constexpr char kProcesses[] = "nvmlDeviceGetComputeRunningProcesses_v3";

  struct Process {  // the layout of nvmlProcessInfo_t
    unsigned pid = 0;
    unsigned long long memory_bytes = ~0ull;  // not available
    unsigned gpu_instance = 0;
    unsigned compute_instance = 0;
  };

  static inline std::vector<Process> processes;
  static inline int result = 0;   ///< of the list; 3 is NOT_SUPPORTED
  static inline int arrives = 0;  ///< so many more processes at each too small call

  static void reset() {
    processes.clear();
    result = 0;
    arrives = 0;
  }

  static FakeLibraries libraries() {
    FakeLibraries all;
    all.add_symbol(kLibrary, "nvmlInit_v2", &succeed);
    all.add_symbol(kLibrary, "nvmlShutdown", &succeed);
    all.add_symbol(kLibrary, "nvmlDeviceGetHandleByPciBusId_v2", &give_device);
    all.add_symbol(kLibrary, kProcesses, &give_processes);
    all.add_symbol(kLibrary, "nvmlSystemGetProcessName", &give_name);
    return all;
  }

  static int give_processes(void*, unsigned* count, Process* infos) {
    if (result != 0) return result;
    bool const fits = *count >= processes.size();
    *count = static_cast<unsigned>(processes.size());
    if (!fits) {
      for (int i = 0; i < arrives; ++i) processes.push_back({.pid = processes.back().pid + 1});
      return 7;  // INSUFFICIENT_SIZE
    }
    for (unsigned i = 0; i < *count; ++i) infos[i] = processes[i];
    return 0;
  }

 private:
  static int succeed() { return 0; }
  static int give_device(char const*, void**) { return 0; }
  static int give_name(unsigned pid, char* text, unsigned length) {
    std::string const name = "/usr/bin/program" + std::to_string(pid) + " --flag";
    name.copy(text, length - 1);
    return 0;
  }
};

}  // namespace fluxscope::profiler
