#pragma once
// A kernel whose timeline is known: each CTA waits for its own programmed time.

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/device/probe_record.hpp"

namespace fluxscope::profiler {

inline constexpr std::uint32_t kDelayWarps = 4;

/// CTA i waits delays_ns[i] by globaltimer (device memory). A CTA takes `smem_bytes` of shared
/// memory, which decide how many share an SM. The probe records at L0; with null buffers it records
/// nothing.
void launch_delays(std::uint64_t const* delays_ns, int ctas, int smem_bytes,
                   kernels::ProbeBuffers const& probe, cudaStream_t stream);

}  // namespace fluxscope::profiler
