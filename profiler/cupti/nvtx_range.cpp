#include "profiler/cupti/nvtx_range.hpp"

#include <nvtx3/nvToolsExt.h>

#include <cstdlib>

namespace fluxscope::profiler {

bool inject_nvtx(std::string const& cupti_path) {
  if (cupti_path.empty()) return false;
  return setenv("NVTX_INJECTION64_PATH", cupti_path.c_str(), /*overwrite=*/0) == 0;
}

NvtxRange::NvtxRange(std::string const& name) { nvtxRangePushA(name.c_str()); }

NvtxRange::~NvtxRange() { nvtxRangePop(); }

}  // namespace fluxscope::profiler
