#pragma once

#include <cstdint>

namespace fluxscope::kernels {

/// What a launch of a kernel occupies, from the runtime's occupancy query and attributes.
struct KernelFacts {
  std::int32_t threads_per_cta = 0;
  std::int32_t ctas_per_sm = 0;
  std::int32_t registers_per_thread = 0;
  std::int64_t smem_bytes = 0;
  std::int64_t local_bytes = 0;  ///< spills and stack; 0 in a release build
  char const* name = nullptr;
};

}  // namespace fluxscope::kernels
