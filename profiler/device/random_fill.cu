#include "base/cuda/check.hpp"
#include "profiler/device/random_fill.hpp"

namespace fluxscope::profiler {
namespace {

__device__ std::uint64_t split_mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

/// A thread makes pairs: one hash gives the two uniforms of one Box-Muller step.
__global__ void random_normal_kernel(__nv_bfloat16* data, std::size_t count, std::uint64_t seed,
                                     Normal const normal) {
  // Scrambled, so that the sequences of neighbouring seeds are not shifts of each other.
  std::uint64_t const start = split_mix(seed + 0x9E3779B97F4A7C15ull);
  std::size_t const pairs = (count + 1) / 2;
  std::size_t const step = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < pairs; i += step) {
    std::uint64_t const bits = split_mix((start + i) * 0x9E3779B97F4A7C15ull);
    float const u = (static_cast<float>(bits >> 40) + 1.0f) * 0x1.0p-24f;  // (0, 1]
    float const v = static_cast<float>(bits & 0xFFFFFFu) * 0x1.0p-24f;     // [0, 1)
    float const radius = normal.sigma * sqrtf(-2.0f * __logf(u));
    float sine;
    float cosine;
    __sincosf(6.2831853f * v, &sine, &cosine);
    data[2 * i] = __float2bfloat16(fmaf(radius, cosine, normal.mean));
    if (2 * i + 1 < count) data[2 * i + 1] = __float2bfloat16(fmaf(radius, sine, normal.mean));
  }
}

}  // namespace

void fill_random_normal(__nv_bfloat16* data, std::size_t count, std::uint64_t seed,
                        cudaStream_t stream, Normal const& normal) {
  if (count == 0) return;
  random_normal_kernel<<<2048, 256, 0, stream>>>(data, count, seed, normal);
  FLUXSCOPE_CUDA_CHECK(cudaGetLastError());
}

}  // namespace fluxscope::profiler
