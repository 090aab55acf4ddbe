#include "profiler/cupti/table.hpp"

#include <array>

namespace fluxscope::profiler {
namespace {

struct Remedy {
  CUptiResult code;
  char const* text;
};

constexpr std::array kRemedies = {
    Remedy{CUPTI_ERROR_INSUFFICIENT_PRIVILEGES,
           "(the driver allows hardware counters to administrators only) Run as root or with "
           "CAP_SYS_ADMIN, or load the driver with NVreg_RestrictProfilingToAdminUsers=0."},
    Remedy{CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES,
           "(the hypervisor does not allow profiling in this virtual machine) Ask its "
           "administrator to enable vGPU profiling."},
    Remedy{CUPTI_ERROR_VIRTUALIZED_DEVICE_NOT_SUPPORTED,
           "(CUPTI does not work on this virtual GPU) Use a passed-through or a bare GPU."},
    Remedy{CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED,
           "(another profiler, such as Nsight Systems, Nsight Compute or cuda-gdb, holds CUPTI) "
           "Run without it to get this pass."},
    Remedy{CUPTI_ERROR_HARDWARE_BUSY,
           "(another process holds the performance monitors, often DCGM) Run "
           "'dcgmi profile --pause' for the time of the run."},
    Remedy{CUPTI_ERROR_CONFIDENTIAL_COMPUTING_NOT_SUPPORTED,
           "(confidential computing is on) Turn it off, or use a GPU without it."},
    Remedy{CUPTI_ERROR_MIG_DEVICE_NOT_SUPPORTED,
           "(the GPU is split by MIG) Use a whole GPU for this pass."},
    Remedy{CUPTI_ERROR_WSL_DEVICE_NOT_SUPPORTED,
           "(Windows Subsystem for Linux) Use a native Linux for this pass."},
    Remedy{CUPTI_ERROR_INVALID_CHIP_NAME,
           "(this CUPTI does not know the chip) Install the CUPTI of a newer CUDA toolkit."},
    Remedy{CUPTI_ERROR_UNKNOWN,
           "(CUPTI gives no reason; a driver older than the toolkit is the usual one) Compare "
           "nvidia-smi with the toolkit's version."},
};

}  // namespace

std::string describe_cupti_error(CuptiTable const& cupti, CUptiResult code, char const* call) {
  char const* name = nullptr;
  if (cupti.cuptiGetResultString == nullptr ||
      cupti.cuptiGetResultString(code, &name) != CUPTI_SUCCESS || name == nullptr) {
    name = "error";
  }
  std::string text = std::string(call) + ": " + name + " " + std::to_string(code);
  for (Remedy const& remedy : kRemedies) {
    if (remedy.code == code) text += std::string(" ") + remedy.text;
  }
  return text;
}

void cupti_check(CuptiTable const& cupti, CUptiResult code, char const* call) {
  if (code != CUPTI_SUCCESS) throw CuptiError(code, describe_cupti_error(cupti, code, call));
}

}  // namespace fluxscope::profiler
