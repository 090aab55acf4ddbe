#pragma once
// Accumulators as wgmma has them, and mma.sync tile by tile: element 4 n + 2 r + c of a lane is
// column 8 n + 2 (lane % 4) + c of its row r; the other columns of a row lie in the three lanes
// beside it. r = 0 and 1 are rows lane / 4 and lane / 4 + 8.

#include <cmath>

namespace fluxscope::kernels {

/// Columns of row r beyond `last_column[r]` become -inf.
template <int kScores>
__device__ __forceinline__ void mask_scores(float (&s)[kScores], int const (&last_column)[2],
                                            int lane) {
  int const last[2] = {last_column[0] - lane % 4 * 2, last_column[1] - lane % 4 * 2};
#pragma unroll
  for (int i = 0; i < kScores; ++i) {
    if (i / 4 * 8 + i % 2 > last[i / 2 % 2]) s[i] = -INFINITY;
  }
}

/// The largest, and the sum, over the four lanes of a row; the same in each.
__device__ __forceinline__ float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
  return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

__device__ __forceinline__ float quad_sum(float x) {
  x += __shfl_xor_sync(0xffffffffu, x, 1);
  return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

}  // namespace fluxscope::kernels
