#pragma once
// Clocks, power, throttling and the GPU's processes by NVML, opened at run time.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files/library_opener.hpp"
#include "profiler/machine/gpu_process.hpp"

namespace fluxscope::profiler {

/// State of the GPU at one moment; NaN where NVML does not say.
struct GpuState {
  double sm_clock_mhz;
  double power_w;
  /// Why the clock is held down so that timings are not comparable: heat or a hardware slowdown;
  /// empty otherwise. Staying within the power limit is the normal state of a busy GPU: it is no
  /// throttling here, the clock beside each sample shows it.
  std::string throttled;
};

class Nvml {
 public:
  /// `pci_bus_id` of the CUDA device. Never throws: reason() says why nothing can be read.
  Nvml(LibraryOpener& opener, std::string const& pci_bus_id);
  ~Nvml();
  Nvml(Nvml const&) = delete;
  Nvml& operator=(Nvml const&) = delete;

  [[nodiscard]] std::string const& reason() const { return reason_; }  ///< empty where it works
  [[nodiscard]] GpuState state() const;
  [[nodiscard]] std::string driver_version() const;  ///< "580.159.04"; empty where unknown
  [[nodiscard]] double power_limit_w() const;
  [[nodiscard]] double sm_clock_max_mhz() const;
  [[nodiscard]] double memory_clock_max_mhz() const;
  /// Processes with a CUDA context on the GPU, this one included. None where NVML does not say (an
  /// old driver, a virtual GPU).
  [[nodiscard]] std::optional<std::vector<GpuProcess>> compute_processes() const;

 private:
  struct Table;
  [[nodiscard]] double clock_max_mhz(int domain) const;
  [[nodiscard]] std::string process_name(unsigned pid) const;

  std::unique_ptr<Table> table_;
  void* device_ = nullptr;
  std::string reason_;
};

}  // namespace fluxscope::profiler
