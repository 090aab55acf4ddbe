#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "profiler/machine/gpu_process.hpp"
#include "profiler/machine/nvml.hpp"
#include "profiler/machine/run_register.hpp"

namespace fluxscope::profiler {

/// What to do about them.
inline constexpr char kSharedGpuRemedy[] =
    "Times are then not those of a GPU of your own: wait for them, or choose another GPU with "
    "CUDA_VISIBLE_DEVICES.";

/// Who computes on the GPU beside this process. Two sources, because each is blind to something:
/// NVML's list names every process, but in a container it may be empty or number processes as the
/// host does; the register knows runs of this program alone. A process that comes and goes between
/// two looks is not seen, and one that only holds memory counts although it takes no time. CUPTI
/// finds none of them: its records are of this process (see ActivityLosses::foreign_kernels).
class GpuUsers {
 public:
  GpuUsers(Nvml const& nvml, RunRegister const& runs, std::int64_t own_pid)
      : nvml_(nvml), runs_(runs), own_pid_(own_pid) {}

  /// Looks who is there now. `computing`: this process has a CUDA context, so one entry of NVML's
  /// list is its own, whatever its number. Returns describe() of those not seen before, empty
  /// without any. Look once before the context is made: who is new afterwards is this process.
  std::string look(bool computing);

  /// Others seen so far.
  [[nodiscard]] std::int64_t count() const;

 private:
  [[nodiscard]] bool is_own(GpuProcess const& process, bool unnamed);

  Nvml const& nvml_;
  RunRegister const& runs_;
  std::int64_t own_pid_;
  std::int64_t own_number_ = -1;  ///< in NVML's list, where that is not own_pid_
  std::map<std::int64_t, GpuProcess> listed_;
  std::map<std::int64_t, GpuProcess> entered_;
};

}  // namespace fluxscope::profiler
