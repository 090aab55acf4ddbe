#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace fluxscope::profiler {

/// A normal distribution. Weights of a projection from k inputs with sigma 1 / sqrt(k) give outputs
/// as large as the inputs.
struct Normal {
  float mean = 0;
  float sigma = 1;
};

/// Fills data[count] on the device with normal numbers in bf16: Box-Muller on SplitMix64 of (seed,
/// index). The same numbers for the same seed. Never timed on zeros: they draw less power and run
/// faster than real data. Enqueues only.
void fill_random_normal(__nv_bfloat16* data, std::size_t count, std::uint64_t seed,
                        cudaStream_t stream, Normal const& normal = {});

}  // namespace fluxscope::profiler
