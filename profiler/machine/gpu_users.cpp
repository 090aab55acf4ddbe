#include "profiler/machine/gpu_users.hpp"

#include <algorithm>
#include <vector>

namespace fluxscope::profiler {

std::string GpuUsers::look(bool computing) {
  std::vector<GpuProcess> const processes =
      nvml_.compute_processes().value_or(std::vector<GpuProcess>());
  bool const own_is_named =
      std::any_of(processes.begin(), processes.end(),
                  [&](GpuProcess const& process) { return process.pid == own_pid_; });
  std::vector<GpuProcess> found;
  for (GpuProcess const& process : processes) {
    if (is_own(process, computing && !own_is_named)) continue;
    if (listed_.emplace(process.pid, process).second) found.push_back(process);
  }
  for (std::int64_t const pid : runs_.others()) {
    GpuProcess const run{.pid = pid, .name = "another run of fluxscope"};
    if (!listed_.contains(pid) && entered_.emplace(pid, run).second) found.push_back(run);
  }
  return describe(found);
}

bool GpuUsers::is_own(GpuProcess const& process, bool unnamed) {
  if (unnamed && own_number_ < 0 && !listed_.contains(process.pid)) own_number_ = process.pid;
  return process.pid == own_pid_ || process.pid == own_number_;
}

std::int64_t GpuUsers::count() const {
  // Where NVML numbers processes in another way, the two may name the same ones.
  std::size_t const count = own_number_ < 0 ? listed_.size() + entered_.size()
                                            : std::max(listed_.size(), entered_.size());
  return static_cast<std::int64_t>(count);
}

}  // namespace fluxscope::profiler
