#pragma once

#include <string>

#include "profiler/machine/nvml.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

/// "0000:0f:00.0" of a CUDA device.
[[nodiscard]] std::string pci_bus_id(int device);

/// What the CUDA runtime and NVML say about a device. The chip, CUPTI's version and the privileges
/// are filled in by whoever knows CUPTI.
[[nodiscard]] traces::DeviceInfo device_info(int device, Nvml const& nvml);

}  // namespace fluxscope::profiler
