#pragma once
// Which runs of this program measure on a GPU at the same time.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fluxscope::profiler {

/// The folder of temporary files that the runs of a machine share.
[[nodiscard]] std::string shared_folder();

/// A file per GPU in a folder that all runs see, in which each writes its process id as a line.
/// Runs share an advisory lock on it, and who finds it free clears the file first. Sees what NVML
/// may hide in a container: the other run beside this one in it. Never throws: where the file
/// cannot be written, no other run is known.
class RunRegister {
 public:
  /// Enters the process `pid`. `gpu`: the PCI bus id.
  RunRegister(std::string const& folder, std::string const& gpu, std::int64_t pid);
  ~RunRegister();
  RunRegister(RunRegister const&) = delete;
  RunRegister& operator=(RunRegister const&) = delete;

  /// Other processes that were running when this one entered, or entered since.
  [[nodiscard]] std::vector<std::int64_t> others() const;

 private:
  [[nodiscard]] std::vector<std::int64_t> pids(off_t begin, off_t end) const;

  int file_ = -1;
  off_t own_end_ = 0;  ///< of this process's line
  std::vector<std::int64_t> before_;
};

}  // namespace fluxscope::profiler
