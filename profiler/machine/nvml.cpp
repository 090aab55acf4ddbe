#include "profiler/machine/nvml.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace fluxscope::profiler {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// NVML's interface as its manual gives it: 0 is success, handles are pointers. Its header is not
// part of every toolkit, so the few numbers in use stand here.
constexpr int kClockSm = 1;
constexpr int kClockMemory = 2;
constexpr std::uint64_t kHardwareSlowdown = 0x8;
constexpr std::uint64_t kSoftwareThermal = 0x20;
constexpr std::uint64_t kHardwareThermal = 0x40;
constexpr std::uint64_t kHardwarePowerBrake = 0x80;

using Init = int (*)();
using Shutdown = int (*)();
using DeviceByPci = int (*)(char const*, void**);
using ReadUnsigned = int (*)(void*, unsigned*);
using ReadClock = int (*)(void*, int, unsigned*);
using ReadMask = int (*)(void*, unsigned long long*);
using ReadText = int (*)(char*, unsigned);

constexpr int kInsufficientSize = 7;
constexpr unsigned long long kNotAvailable = ~0ull;

/// nvmlProcessInfo_t of nvmlDeviceGetComputeRunningProcesses_v2 and _v3.
struct ProcessInfo {
  unsigned pid;
  unsigned long long memory_bytes;
  unsigned gpu_instance;
  unsigned compute_instance;
};
static_assert(sizeof(ProcessInfo) == 24);

using ReadProcesses = int (*)(void*, unsigned*, ProcessInfo*);
using ReadProcessName = int (*)(unsigned, char*, unsigned);

}  // namespace

struct Nvml::Table {
  Init init = nullptr;
  Shutdown shutdown = nullptr;
  DeviceByPci device = nullptr;
  ReadUnsigned power_mw = nullptr;
  ReadUnsigned power_limit_mw = nullptr;
  ReadClock clock_mhz = nullptr;
  ReadClock clock_max_mhz = nullptr;
  ReadMask throttle = nullptr;
  ReadText driver = nullptr;
  ReadProcesses processes = nullptr;
  ReadProcessName process_name = nullptr;
};

Nvml::Nvml(LibraryOpener& opener, std::string const& pci_bus_id) {
  void* const library = opener.open("libnvidia-ml.so.1");
  if (library == nullptr) {
    reason_ =
        "libnvidia-ml.so.1 was not found (it comes with the driver). Clocks and power are "
        "not recorded.";
    return;
  }
  auto table = std::make_unique<Table>();
  table->init = function<Init>(opener, library, "nvmlInit_v2");
  table->shutdown = function<Shutdown>(opener, library, "nvmlShutdown");
  table->device = function<DeviceByPci>(opener, library, "nvmlDeviceGetHandleByPciBusId_v2");
  table->power_mw = function<ReadUnsigned>(opener, library, "nvmlDeviceGetPowerUsage");
  table->power_limit_mw =
      function<ReadUnsigned>(opener, library, "nvmlDeviceGetEnforcedPowerLimit");
  table->clock_mhz = function<ReadClock>(opener, library, "nvmlDeviceGetClockInfo");
  table->clock_max_mhz = function<ReadClock>(opener, library, "nvmlDeviceGetMaxClockInfo");
  table->throttle =
      function<ReadMask>(opener, library, "nvmlDeviceGetCurrentClocksThrottleReasons");
  table->driver = function<ReadText>(opener, library, "nvmlSystemGetDriverVersion");
  table->processes =
      function<ReadProcesses>(opener, library, "nvmlDeviceGetComputeRunningProcesses_v3");
  if (table->processes == nullptr) {
    table->processes =
        function<ReadProcesses>(opener, library, "nvmlDeviceGetComputeRunningProcesses_v2");
  }
  table->process_name = function<ReadProcessName>(opener, library, "nvmlSystemGetProcessName");
  if (table->init == nullptr || table->device == nullptr || table->shutdown == nullptr) {
    reason_ =
        "libnvidia-ml.so.1 lacks nvmlInit_v2 (the driver is too old). Clocks and power are "
        "not recorded.";
    return;
  }
  if (int const result = table->init(); result != 0) {
    reason_ = "nvmlInit_v2 failed with " + std::to_string(result) +
              ". Clocks and power are not recorded.";
    return;
  }
  if (int const result = table->device(pci_bus_id.c_str(), &device_); result != 0) {
    reason_ = "NVML does not know the GPU at " + pci_bus_id + " (error " + std::to_string(result) +
              "). Clocks and power are not recorded.";
    (void)table->shutdown();
    return;
  }
  table_ = std::move(table);
}

Nvml::~Nvml() {
  if (table_ != nullptr) (void)table_->shutdown();
}

GpuState Nvml::state() const {
  GpuState state{kNaN, kNaN, {}};
  if (table_ == nullptr) return state;
  unsigned value = 0;
  if (table_->clock_mhz != nullptr && table_->clock_mhz(device_, kClockSm, &value) == 0) {
    state.sm_clock_mhz = value;
  }
  if (table_->power_mw != nullptr && table_->power_mw(device_, &value) == 0) {
    state.power_w = value / 1000.0;
  }
  unsigned long long mask = 0;
  if (table_->throttle == nullptr || table_->throttle(device_, &mask) != 0) return state;
  struct Cause {
    std::uint64_t bit;
    char const* text;
  };
  for (Cause const& cause : std::array{Cause{kHardwareThermal, "hardware thermal slowdown"},
                                       Cause{kSoftwareThermal, "software thermal slowdown"},
                                       Cause{kHardwarePowerBrake, "external power brake"},
                                       Cause{kHardwareSlowdown, "hardware slowdown"}}) {
    if ((mask & cause.bit) == 0) continue;
    state.throttled = cause.text;
    break;
  }
  return state;
}

std::string Nvml::driver_version() const {
  std::array<char, 96> text{};
  if (table_ == nullptr || table_->driver == nullptr ||
      table_->driver(text.data(), static_cast<unsigned>(text.size())) != 0) {
    return {};
  }
  return text.data();
}

double Nvml::power_limit_w() const {
  unsigned value = 0;
  if (table_ == nullptr || table_->power_limit_mw == nullptr ||
      table_->power_limit_mw(device_, &value) != 0) {
    return kNaN;
  }
  return value / 1000.0;
}

double Nvml::clock_max_mhz(int domain) const {
  unsigned value = 0;
  if (table_ == nullptr || table_->clock_max_mhz == nullptr ||
      table_->clock_max_mhz(device_, domain, &value) != 0) {
    return kNaN;
  }
  return value;
}

std::string Nvml::process_name(unsigned pid) const {
  std::array<char, 256> text{};
  if (table_->process_name == nullptr ||
      table_->process_name(pid, text.data(), static_cast<unsigned>(text.size() - 1)) != 0) {
    return {};
  }
  std::string const line = text.data();
  std::string const program = line.substr(0, line.find(' '));
  return program.substr(program.find_last_of('/') + 1);
}

std::optional<std::vector<GpuProcess>> Nvml::compute_processes() const {
  if (table_ == nullptr || table_->processes == nullptr) return std::nullopt;
  std::vector<ProcessInfo> infos(16);
  auto count = static_cast<unsigned>(infos.size());
  int result = table_->processes(device_, &count, infos.data());
  for (int more = 0; result == kInsufficientSize && more < 4; ++more) {
    infos.resize(count + 16u);  // some may come meanwhile
    count = static_cast<unsigned>(infos.size());
    result = table_->processes(device_, &count, infos.data());
  }
  if (result != 0) return std::nullopt;
  std::vector<GpuProcess> processes;
  for (unsigned i = 0; i < count; ++i) {
    bool const known = infos[i].memory_bytes != kNotAvailable;
    processes.push_back(
        {.pid = infos[i].pid,
         .name = process_name(infos[i].pid),
         .memory_bytes = known ? static_cast<std::int64_t>(infos[i].memory_bytes) : -1});
  }
  return processes;
}

double Nvml::sm_clock_max_mhz() const { return clock_max_mhz(kClockSm); }

double Nvml::memory_clock_max_mhz() const { return clock_max_mhz(kClockMemory); }

}  // namespace fluxscope::profiler
