#include "profiler/machine/check.hpp"

#include <cuda_runtime_api.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "base/cuda/check.hpp"
#include "profiler/clock/calibration.hpp"
#include "profiler/cupti/counter_list.hpp"
#include "profiler/cupti/library.hpp"
#include "profiler/cupti/range_collector.hpp"
#include "profiler/machine/device_facts.hpp"
#include "profiler/machine/gpu_users.hpp"

namespace fluxscope::profiler {
namespace {

std::string rounded(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

Finding check_cupti(CuptiLibrary const& cupti) {
  if (!cupti.table.has_value()) {
    return {"CUPTI", Health::missing, cupti.reason,
            "Passes 1 (activity) and 3 (counters) will be absent; 0 (timing) and 2 (probe) work."};
  }
  return {"CUPTI", Health::works, cupti.path + ", version " + std::to_string(cupti.version), {}};
}

/// The counter set needs no GPU to be checked: which chips know all its names, in how many passes.
Finding check_counter_set(CuptiTable const& cupti) {
  std::string text;
  for (char const* chip : {"GA100", "GH100"}) {
    try {
      CounterHost const host(cupti, chip, {}, counter_list());
      text += (text.empty() ? "" : ", ") + std::string(chip) + " in " +
              std::to_string(host.passes()) + " pass";
    } catch (CuptiError const& error) {
      return {"counter set", Health::limited, error.what(), "Pass 3 will be absent."};
    }
  }
  return {"counter set",
          Health::works,
          std::to_string(counter_list().size()) + " counters: " + text,
          {}};
}

Finding check_device(traces::DeviceInfo const& device) {
  std::string const text = device.name + ", sm_" + std::to_string(device.cc_major) +
                           std::to_string(device.cc_minor) + ", " +
                           std::to_string(device.sm_count) + " SMs, " +
                           rounded(static_cast<double>(device.memory_bytes) / 1e9) + " GB";
  if (device.cc_major < 8) {
    return {"GPU", Health::missing, text, "The kernels need sm_80 (A100) or newer."};
  }
  return {"GPU", Health::works, text, {}};
}

Finding check_timers(int sm_count) {
  TimerFacts const timers = measure_timers(nullptr);
  ClockCalibration const clocks = calibrate_clocks(sm_count, nullptr);
  double worst_rms = 0;
  for (ClockFit const& fit : clocks.sms) worst_rms = std::max(worst_rms, fit.rms_ns);
  std::string const text = "globaltimer steps " + rounded(timers.globaltimer_tick_ns) +
                           " ns, clock64 read floor " + rounded(timers.clock64_read_floor_cyc) +
                           " cycles, worst SM fit " + rounded(worst_rms) + " ns rms";
  if (timers.globaltimer_tick_ns <= 64) return {"timers", Health::works, text, {}};
  return {"timers", Health::limited, text,
          "Times of different SMs carry more uncertainty (see u_ns): the step is coarse."};
}

Finding check_counters(CuptiTable const& cupti) {
  try {
    RangeCollector ranges(cupti, 0, counter_list());
    return {"counters", Health::works, "the range profiler starts", {}};
  } catch (CuptiError const& error) {
    return {"counters", Health::missing, error.what(), "Pass 3 will be absent."};
  }
}

struct ProfilerApi {
  CUpti_Profiler_API api;
  char const* name;
};

Finding check_api(CuptiTable const& cupti, ProfilerApi const& which) {
  CUpti_Profiler_DeviceSupported_Params params{};
  params.structSize = CUpti_Profiler_DeviceSupported_Params_STRUCT_SIZE;
  params.cuDevice = 0;
  params.api = which.api;
  std::string const topic = which.name;
  if (CUptiResult const result = cupti.cuptiProfilerDeviceSupported(&params);
      result != CUPTI_SUCCESS) {
    return {topic,
            Health::missing,
            describe_cupti_error(cupti, result, "cuptiProfilerDeviceSupported"),
            {}};
  }
  if (params.isSupported == CUPTI_PROFILER_CONFIGURATION_SUPPORTED) {
    return {topic, Health::works, "supported", {}};
  }
  struct Obstacle {
    CUpti_Profiler_Support_Level level;
    char const* text;
  };
  std::string text = "not supported:";
  for (Obstacle const& obstacle :
       {Obstacle{params.architecture, " the GPU's architecture"}, Obstacle{params.sli, " SLI"},
        Obstacle{params.vGpu, " a virtual GPU without profiling"},
        Obstacle{params.confidentialCompute, " confidential computing"},
        Obstacle{params.cmp, " a mining processor"},
        Obstacle{params.wsl, " Windows Subsystem for Linux"}}) {
    if (obstacle.level != CUPTI_PROFILER_CONFIGURATION_SUPPORTED) text += obstacle.text;
  }
  return {topic, Health::missing, text, "Use a whole GPU without these."};
}

Finding check_nvml(Nvml const& nvml) {
  if (!nvml.reason().empty()) {
    return {"NVML", Health::limited, nvml.reason(), "Throttled samples cannot be told."};
  }
  GpuState const state = nvml.state();
  return {"NVML",
          Health::works,
          "SM clock " + rounded(state.sm_clock_mhz) + " MHz, " + rounded(state.power_w) + " of " +
              rounded(nvml.power_limit_w()) + " W" +
              (state.throttled.empty() ? "" : ", held down: " + state.throttled),
          {}};
}

/// Before this process has a CUDA context. It enters itself: its timers run on the GPU too.
Finding check_users(Nvml const& nvml) {
  RunRegister const runs(shared_folder(), pci_bus_id(0), getpid());
  return users_finding(nvml.compute_processes().has_value(),
                       GpuUsers(nvml, runs, getpid()).look(false));
}

void check_gpu(LibraryOpener& opener, CuptiLibrary const& cupti, std::vector<Finding>& findings) {
  Nvml const nvml(opener, pci_bus_id(0));
  Finding const users = check_users(nvml);
  FLUXSCOPE_CUDA_CHECK(cudaSetDevice(0));
  traces::DeviceInfo const device = device_info(0, nvml);
  findings.push_back(check_device(device));
  findings.push_back(users);
  findings.push_back(check_timers(device.sm_count));
  findings.push_back(check_nvml(nvml));
  bool const open = counters_privileged();
  findings.push_back({"privileges", open ? Health::works : Health::limited,
                      open ? "hardware counters are open to this user"
                           : "hardware counters are for administrators only",
                      open ? ""
                           : "Run as root, or load the driver with "
                             "NVreg_RestrictProfilingToAdminUsers=0."});
  if (!cupti.table.has_value()) return;
  std::string const problem = subscriber_problem(*cupti.table);
  findings.push_back({"activity", problem.empty() ? Health::works : Health::missing,
                      problem.empty() ? "no other profiler is attached" : problem,
                      problem.empty() ? "" : "Pass 1 will be absent."});
  findings.push_back(check_counters(*cupti.table));
  for (ProfilerApi const& api : {ProfilerApi{CUPTI_PROFILER_RANGE_PROFILING, "range profiler"},
                                 ProfilerApi{CUPTI_PROFILER_PM_SAMPLING, "PM sampling"},
                                 ProfilerApi{CUPTI_PROFILER_PC_SAMPLING, "PC sampling"},
                                 ProfilerApi{CUPTI_PROFILER_SASS_METRICS, "SASS metrics"}}) {
    findings.push_back(check_api(*cupti.table, api));
  }
}

}  // namespace

std::vector<Finding> check_machine(LibraryOpener& opener) {
  std::vector<Finding> findings;
  DriverState const driver = find_driver(opener);
  if (driver.usable) {
    findings.push_back({"driver",
                        Health::works,
                        "CUDA " + std::to_string(driver.version / 1000) + "." +
                            std::to_string(driver.version % 1000 / 10) + ", " +
                            std::to_string(driver.devices) + " GPU(s)",
                        {}});
  } else {
    findings.push_back({"driver", Health::missing, driver.reason,
                        "Without it: fluxscope simulate, report, compare, calibrate, sweep and "
                        "export work; profile does not."});
  }
  CuptiLibrary const cupti = find_cupti(opener);
  findings.push_back(check_cupti(cupti));
  if (cupti.table.has_value()) findings.push_back(check_counter_set(*cupti.table));
  if (driver.usable) {
    try {
      check_gpu(opener, cupti, findings);
    } catch (CudaError const& error) {
      findings.push_back({"GPU", Health::missing, error.what(), "See nvidia-smi."});
    }
  }
  return findings;
}

Finding users_finding(bool listed, std::string const& users) {
  if (!users.empty()) {
    return {"GPU users", Health::limited, users,
            kSharedGpuRemedy + std::string(" profile warns and marks its trace.")};
  }
  if (!listed) {
    return {"GPU users", Health::limited, "NVML does not say which processes compute on the GPU",
            "Look with nvidia-smi before you measure: profile cannot tell that it is not alone."};
  }
  return {"GPU users", Health::works, "no other process computes on the GPU", {}};
}

bool counters_privileged() {
  if (geteuid() == 0) return true;
  std::ifstream file("/proc/driver/nvidia/params");
  std::stringstream text;
  text << file.rdbuf();
  return profiling_open_to_all(text.str());
}

bool profiling_open_to_all(std::string const& driver_params) {
  std::istringstream lines(driver_params);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("RmProfilingAdminOnly:", 0) == 0) {
      return line.find_first_of("123456789") == std::string::npos &&
             line.find('0') != std::string::npos;
    }
  }
  return false;
}

}  // namespace fluxscope::profiler
