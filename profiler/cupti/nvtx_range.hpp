#pragma once

#include <string>

namespace fluxscope::profiler {

/// Points NVTX at the CUPTI library that this process loaded, so that ranges become activity
/// records. Works only before the first NVTX call of the process. Leaves a variable that the user
/// or a profiler has set. False where `cupti_path` is empty.
bool inject_nvtx(std::string const& cupti_path);

/// A range of this thread, from construction to destruction.
class NvtxRange {
 public:
  explicit NvtxRange(std::string const& name);
  ~NvtxRange();
  NvtxRange(NvtxRange const&) = delete;
  NvtxRange& operator=(NvtxRange const&) = delete;
};

}  // namespace fluxscope::profiler
