#pragma once

#include <cstdint>

namespace fluxscope::kernels {

/// A position in a ring of stages. `parity` is that of the phase in which the stage fills.
template <int kStages>
struct Ring {
  std::uint32_t stage = 0;
  std::uint32_t parity = 0;

  __device__ __forceinline__ void advance() {
    if (++stage == kStages) {
      stage = 0;
      parity ^= 1u;
    }
  }
};

}  // namespace fluxscope::kernels
