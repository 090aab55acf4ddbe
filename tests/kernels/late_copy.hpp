#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstddef>

namespace fluxscope::testing {

/// Copies `count` elements of device memory on `stream`, but only 0.2 ms after the next launch was
/// allowed to start: what that reads before its wait for this grid is the old contents.
void launch_late_copy(__nv_bfloat16* to, __nv_bfloat16 const* from, std::size_t count,
                      cudaStream_t stream);

}  // namespace fluxscope::testing
