#include "base/cuda/check.hpp"
#include "tests/bench/kernels/decode.hpp"

namespace fluxscope::bench {
namespace {

__device__ float uniform(std::uint32_t x) {  // in (0, 1]; integer hash of Chris Wellons
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return (static_cast<float>(x >> 8) + 1.0f) * 0x1.0p-24f;
}

__global__ void fill_kernel(__nv_bfloat16* data, std::size_t count, std::uint32_t seed) {
  std::size_t const stride = std::size_t{gridDim.x} * blockDim.x;
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += stride) {
    auto const index = static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(i >> 32) + seed;
    float const radius = sqrtf(-2.0f * logf(uniform(2 * index)));
    data[i] = __float2bfloat16(radius * cosf(6.2831853f * uniform(2 * index + 1)));
  }
}

}  // namespace

void fill_normal(__nv_bfloat16* data, std::size_t count, std::uint32_t seed) {
  fill_kernel<<<1024, 256>>>(data, count, seed);
  FLUXSCOPE_CUDA_CHECK(cudaGetLastError());
}

}  // namespace fluxscope::bench
