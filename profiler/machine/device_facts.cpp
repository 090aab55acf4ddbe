#include "profiler/machine/device_facts.hpp"

#include <cuda_runtime_api.h>

#include <array>
#include <cmath>

#include "base/cuda/check.hpp"

namespace fluxscope::profiler {
namespace {

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&value, which, device));
  return value;
}

std::string cuda_version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

/// Dense bf16 multiply-adds count 2. Per SM and cycle: 2048 flop on sm_80, 1024 on sm_86 and
/// sm_89, 4096 on sm_90 (NVIDIA architecture white papers). 0 where unknown.
std::int64_t bf16_flop_per_sm_cycle(int major, int minor) {
  if (major == 8) return minor == 0 ? 2048 : 1024;
  return major == 9 ? 4096 : 0;
}

/// CUPTI is not asked: this runs before the clean timings, and asking initialises it.
std::string chip_of(int major, int minor) {
  if (major == 8 && minor == 0) return "GA100";
  return major == 9 && minor == 0 ? "GH100" : "";
}

}  // namespace

std::string pci_bus_id(int device) {
  std::array<char, 32> id{};
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetPCIBusId(id.data(), static_cast<int>(id.size()), device));
  return id.data();
}

traces::DeviceInfo device_info(int device, Nvml const& nvml) {
  cudaDeviceProp properties{};
  FLUXSCOPE_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  int runtime = 0;
  int driver = 0;
  FLUXSCOPE_CUDA_CHECK(cudaRuntimeGetVersion(&runtime));
  FLUXSCOPE_CUDA_CHECK(cudaDriverGetVersion(&driver));
  std::int64_t const clock_hz = std::int64_t{1000} * attribute(cudaDevAttrClockRate, device);
  std::int64_t const memory_hz = std::int64_t{1000} * attribute(cudaDevAttrMemoryClockRate, device);
  std::int64_t const bus_bits = attribute(cudaDevAttrGlobalMemoryBusWidth, device);
  traces::DeviceInfo info{
      .name = properties.name,
      .chip = chip_of(properties.major, properties.minor),
      .cc_major = properties.major,
      .cc_minor = properties.minor,
      .sm_count = properties.multiProcessorCount,
      .memory_bytes = static_cast<std::int64_t>(properties.totalGlobalMem),
      .l2_bytes = properties.l2CacheSize,
      .smem_optin_bytes = static_cast<std::int64_t>(properties.sharedMemPerBlockOptin),
      .sm_clock_max_hz = clock_hz,
      .memory_clock_hz = memory_hz,
      .hbm_bytes_per_s = 2 * memory_hz * bus_bits / 8,  // double data rate
      .bf16_flop_per_s = bf16_flop_per_sm_cycle(properties.major, properties.minor) *
                         properties.multiProcessorCount * clock_hz,
      .driver_version = nvml.driver_version(),
      .cuda_runtime_version = cuda_version(runtime)};
  if (info.driver_version.empty()) info.driver_version = "CUDA " + cuda_version(driver);
  if (double const watts = nvml.power_limit_w(); std::isfinite(watts)) {
    info.power_limit_w = std::to_string(std::lround(watts));
  }
  return info;
}

}  // namespace fluxscope::profiler
