#pragma once

#include <cstdint>

namespace fluxscope::kernels {

/// Row of `token` in paged K and V. `pages`: entries of the page table from the head's first on;
/// pages hold 2^shift tokens.
__device__ __forceinline__ std::int64_t paged_row(std::int32_t const* pages, int shift, int token) {
  std::int64_t const page = __ldg(pages + (token >> shift));
  return (page << shift) + (token & ((1 << shift) - 1));
}

}  // namespace fluxscope::kernels
