#pragma once
// Cosine and sine of position x frequency.

#include <cuda_runtime.h>

namespace fluxscope::kernels::rope {

inline constexpr double kInversePi = 0.31830988618379067154;
inline constexpr float kInversePiHigh = static_cast<float>(kInversePi);
inline constexpr float kInversePiLow =
    static_cast<float>(kInversePi - static_cast<double>(kInversePiHigh));

/// The product is kept as a sum of two floats until whole turns are taken off: rounded to one, the
/// angle of position 100,000 would be wrong by up to 0.004. Both parts count on the rounding of
/// the first, so it must not be fused into what uses it. x: cosine, y: sine.
__device__ __forceinline__ float2 turn(int position, float frequency) {
  auto const p = static_cast<float>(position);
  float const high = __fmul_rn(p, frequency);
  float const low = fmaf(p, frequency, -high);
  // In units of pi.
  float const angle = __fmul_rn(high, kInversePiHigh);
  float const rest =
      fmaf(high, kInversePiHigh, -angle) + fmaf(high, kInversePiLow, low * kInversePiHigh);
  float const whole = 2.0f * rintf(0.5f * angle);  // turns
  float2 result;
  sincospif((angle - whole) + rest, &result.y, &result.x);
  return result;
}

}  // namespace fluxscope::kernels::rope
