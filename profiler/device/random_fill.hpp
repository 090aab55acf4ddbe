#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace fluxscope::profiler {

/// Fills data[count] on the device with N(0, 1) in bf16: Box-Muller on SplitMix64 of (seed, index).
/// The same numbers for the same seed. Never timed on zeros: they draw less power and run faster
/// than real data. Enqueues only.
void fill_random_normal(__nv_bfloat16* data, std::size_t count, std::uint64_t seed,
                        cudaStream_t stream);

}  // namespace fluxscope::profiler
