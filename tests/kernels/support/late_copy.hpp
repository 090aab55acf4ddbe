#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <span>

namespace fluxscope::testing {

/// `count` elements of device memory.
struct LateCopy {
  __nv_bfloat16* to = nullptr;
  __nv_bfloat16 const* from = nullptr;
  std::size_t count = 0;
};

/// Copies on `stream`, in one grid, but only 0.2 ms after the next launch was allowed to start:
/// what that reads before its wait for this grid is the old contents. At most 16 copies.
void launch_late_copies(std::span<LateCopy const> copies, cudaStream_t stream);

}  // namespace fluxscope::testing
