#pragma once
// Online softmax of prefill_mma: mask, running maximum, final sums.

#include "kernels/attention/prefill_mma/warp.cuh"
#include "kernels/device/accumulator.cuh"

namespace fluxscope::kernels::mma {

/// The running maximum may lag behind the true one by this much (in powers of two): the
/// exponentials then reach 2^8, harmless in fp32 sums and in bf16, and o is rarely rescaled.
inline constexpr float kMaximumLagLog2 = 8.0f;

/// The shift of a row that has seen no score. Finite: -inf - (-inf) would be NaN.
inline constexpr float kLowestShift = -3.402823466e38f;

/// Columns beyond `last_column` of the warp's row 0, + r row_step for row r, become -inf.
template <class Shape>
__device__ __forceinline__ void mask_scores(Scores<Shape>& s, int last_column, int row_step,
                                            int lane) {
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int n = 0; n < Shape::kScoreTiles; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        int const row = m * 16 + lane / 4 + (i / 2) * 8;
        int const column = n * 8 + (lane % 4) * 2 + i % 2;
        if (column > last_column + row * row_step) s[m][n][i] = -INFINITY;
      }
    }
  }
}

/// Folds the scores into the running maximum. o and sum are rescaled only if some row's maximum
/// grew by more than kMaximumLagLog2, or its first finite score came. A row without any keeps the
/// lowest shift, so its exponentials are 0, never NaN.
template <class Shape>
__device__ __forceinline__ void raise_maximum(WarpState<Shape>& state, Scores<Shape> const& s,
                                              float scale_log2) {
  float shift[Shape::kRowTiles][2];
  bool raised = false;
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float x = fmaxf(s[m][0][2 * r], s[m][0][2 * r + 1]);
#pragma unroll
      for (int n = 1; n < Shape::kScoreTiles; ++n) {
        x = fmaxf(x, fmaxf(s[m][n][2 * r], s[m][n][2 * r + 1]));
      }
      shift[m][r] = quad_max(x) * scale_log2;
      // kLowestShift + 8 is kLowestShift: the first finite score always raises.
      raised |= shift[m][r] > state.shift[m][r] + kMaximumLagLog2;
    }
  }
  if (!__any_sync(0xffffffffu, raised)) return;
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float const next = fmaxf(state.shift[m][r], shift[m][r]);
      float const factor = ptx::exp2_approx(state.shift[m][r] - next);
      state.shift[m][r] = next;
      state.sum[m][r] *= factor;
#pragma unroll
      for (int n = 0; n < Shape::kOutputTiles; ++n) {
        state.o[m][n][2 * r] *= factor;
        state.o[m][n][2 * r + 1] *= factor;
      }
    }
  }
}

template <class Shape>
__device__ __forceinline__ void clear(WarpState<Shape>& state) {
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int n = 0; n < Shape::kOutputTiles; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) state.o[m][n][i] = 0.0f;
    }
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      state.shift[m][r] = kLowestShift;
      state.sum[m][r] = 0.0f;
    }
  }
}

/// Divides o by the row sums; `lse` gets the natural log-sum-exp, -inf for a row without scores.
template <class Shape>
__device__ __forceinline__ void normalise(WarpState<Shape>& state,
                                          float (&lse)[Shape::kRowTiles][2]) {
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float const sum = quad_sum(state.sum[m][r]);
      float const inverse = sum == 0.0f ? 0.0f : 1.0f / sum;  // a NaN stays one
      lse[m][r] = sum == 0.0f ? -INFINITY : (state.shift[m][r] + log2f(sum)) * kLn2;
#pragma unroll
      for (int n = 0; n < Shape::kOutputTiles; ++n) {
        state.o[m][n][2 * r] *= inverse;
        state.o[m][n][2 * r + 1] *= inverse;
      }
    }
  }
}

}  // namespace fluxscope::kernels::mma
