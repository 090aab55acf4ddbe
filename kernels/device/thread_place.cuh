#pragma once

#include "kernels/device/ptx.cuh"

namespace fluxscope::kernels {

/// Warp and lane of this thread. The thread number is opaque, so that nothing computed from it is
/// held in registers throughout the main loop.
struct ThreadPlace {
  int warp;
  int lane;

  __device__ __forceinline__ ThreadPlace() {
    int const thread = static_cast<int>(ptx::opaque(threadIdx.x));
    warp = thread / 32;
    lane = thread % 32;
  }
};

}  // namespace fluxscope::kernels
