#pragma once
// Small kernels that read the GPU's clocks.

#include <cuda_runtime_api.h>

#include <cstdint>

#include "profiler/clock/fit.hpp"

namespace fluxscope::profiler {

/// One warp per CTA, as many CTAs as SMs, one CTA per SM (each takes most of the shared memory).
/// anchors: [ctas, anchors_per_cta] on the device. Each anchor is taken at a tick edge of
/// globaltimer, so its error is one read, not one tick; edges are `gap_ns` apart. Enqueues only.
void launch_clock_anchors(ClockAnchor* anchors, std::uint32_t anchors_per_cta, std::uint64_t gap_ns,
                          int ctas, cudaStream_t stream);

/// One thread reads globaltimer until it has seen `count` distinct values: timer_ns[count]; and
/// clock64 `count` times in a row: clock_cyc[count]. Both on the device. Enqueues only.
void launch_clock_readings(std::uint64_t* timer_ns, std::uint64_t* clock_cyc, std::uint32_t count,
                           cudaStream_t stream);

}  // namespace fluxscope::profiler
