#pragma once
// Online softmax of prefill_wgmma: running maximum, exponentials, final sums.

#include "kernels/device/accumulator.cuh"
#include "kernels/device/ptx.cuh"
#include "kernels/device/ptx_sm90.cuh"

namespace fluxscope::kernels::wgmma {

/// A row subtracts the maximum of the first block that it sees, and goes on with it as long as this
/// lane's sum stays below the limit: exponentials of up to 2^40 are as exact as those below 1, and
/// leave o a factor of 2^87 before fp32 ends. So nearly no block needs its maximum.
inline constexpr float kSumLimit = 0x1p40f;

/// A lane's sum above this is no sum of exponentials below 1, whatever kv_len.
inline constexpr float kLargeSum = 0x1p32f;

/// Running state of a thread's two rows.
struct RowState {
  float max_log2[2] = {-INFINITY, -INFINITY};  ///< of s * scale_log2, when it was last taken
  float sum[2] = {0.0f, 0.0f};                 ///< this lane's part
  bool settled = false;                        ///< all_seen(), when a maximum was last taken

  /// What is subtracted before the exponential: finite also for a row without any score.
  [[nodiscard]] __device__ __forceinline__ float shift(int r) const {
    return max_log2[r] == -INFINITY ? 0.0f : max_log2[r];
  }

  /// True where every row of the warp has seen a finite score.
  [[nodiscard]] __device__ __forceinline__ bool all_seen() const {
    return __all_sync(0xffffffffu, max_log2[0] > -INFINITY && max_log2[1] > -INFINITY) != 0;
  }
};

/// Folds the scores into the running maxima; o and sum are to be multiplied by `factor`. A large
/// sum shows scores above the maximum in blocks gone by and is folded in too, so that no sum stays
/// near its limit.
template <int kScores>
__device__ __forceinline__ void raise_maximum(RowState& rows, float const (&s)[kScores],
                                              float scale_log2, float (&factor)[2]) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float x = fmaxf(s[2 * r], s[2 * r + 1]);
#pragma unroll
    for (int n = 1; n < kScores / 4; ++n) {
      x = fmaxf(x, fmaxf(s[4 * n + 2 * r], s[4 * n + 2 * r + 1]));
    }
    x *= scale_log2;
    if (rows.sum[r] > kLargeSum) x = fmaxf(x, rows.max_log2[r] + ptx::log2_approx(rows.sum[r]));
    x = quad_max(x);
    bool const raised = x > rows.max_log2[r];
    factor[r] = raised ? ptx::exp2_approx(rows.max_log2[r] - x) : 1.0f;
    rows.max_log2[r] = raised ? x : rows.max_log2[r];
  }
  rows.settled = rows.all_seen();
}

/// s becomes 2^(s scale_log2 - shift). `sum`: this lane's sums with the block.
template <int kScores>
__device__ __forceinline__ void exponentiate(RowState const& rows, float (&s)[kScores],
                                             float scale_log2, float const (&factor)[2],
                                             float (&sum)[2]) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float const shift = rows.shift(r);
    float part[2] = {rows.sum[r] * factor[r], 0.0f};
#pragma unroll
    for (int n = 0; n < kScores / 4; ++n) {
#pragma unroll
      for (int c = 0; c < 2; ++c) {
        float& x = s[4 * n + 2 * r + c];
        x = ptx::exp2_approx(fmaf(x, scale_log2, -shift));
        part[c] += x;
      }
    }
    sum[r] = part[0] + part[1];
  }
}

/// True where every lane's sums are below the limit; a NaN is not.
__device__ __forceinline__ bool within_limit(float const (&sum)[2]) {
  return __all_sync(0xffffffffu, sum[0] <= kSumLimit && sum[1] <= kSumLimit) != 0;
}

/// Multiplies row r of o by factor[r].
template <int kOutputs>
__device__ __forceinline__ void rescale(float (&o)[kOutputs], float const (&factor)[2]) {
#pragma unroll
  for (int i = 0; i < kOutputs; ++i) o[i] *= factor[i / 2 % 2];
}

/// Divides o by the row sums, which are below 2^42; `lse` gets the natural log-sum-exp, -inf for a
/// row without scores.
template <int kOutputs>
__device__ __forceinline__ void normalise(RowState const& rows, float (&o)[kOutputs],
                                          float (&lse)[2]) {
  float inverse[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float const sum = quad_sum(rows.sum[r]);
    inverse[r] = sum == 0.0f ? 0.0f : __fdividef(1.0f, sum);  // a NaN stays one
    lse[r] = sum == 0.0f ? -INFINITY : (rows.shift(r) + ptx::log2_approx(sum)) * kLn2;
  }
#pragma unroll
  for (int i = 0; i < kOutputs; ++i) o[i] *= inverse[i / 2 % 2];
}

}  // namespace fluxscope::kernels::wgmma
