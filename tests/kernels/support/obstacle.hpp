#pragma once

#include "kernels/device/wgmma_gpu.hpp"
#include "plan/layer/work_list.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {

/// Why a kernel does not run here, the reason to skip its test; null where it runs. `wgmma`: it
/// needs compute capability 9.0.
[[nodiscard]] inline char const* obstacle(bool wgmma) {
  if (!have_gpu()) return "no CUDA device";
  bool const runs = !wgmma || kernels::have_wgmma();
  return runs ? nullptr : "the GPU is not of compute capability 9.0";
}

[[nodiscard]] inline char const* obstacle(plan::PrefillKernel kernel) {
  return obstacle(kernel == plan::PrefillKernel::prefill_wgmma);
}

}  // namespace fluxscope::testing
