#pragma once
// Kernels that show how a chip is put together. All enqueue only.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

namespace fluxscope::profiler {

/// CTAs that fill an SM each write the SM they are on: sms [ctas], on the device. In clusters of
/// `cluster_ctas`, whose CTAs the GPU keeps inside a GPC; 1: none. False where the device has no
/// clusters of that size. They stay some microseconds, so that up to an SM each, none follows
/// another.
[[nodiscard]] bool launch_whereabouts(std::uint32_t* sms, int ctas, int cluster_ctas,
                                      cudaStream_t stream);

/// Reading by chosen SMs at the same time. All arrays are on the device.
struct SmReadParams {
  std::byte const* bytes = nullptr;            ///< [readers, bytes_per_reader]
  std::size_t bytes_per_reader = 0;            ///< a multiple of kSmReadStep
  std::int32_t const* reader_of_sm = nullptr;  ///< [SMs] part of `bytes` that an SM reads; -1: none
  std::uint64_t* begin_ns = nullptr;           ///< [SMs] globaltimer
  std::uint64_t* end_ns = nullptr;             ///< [SMs]
  std::uint32_t* sink = nullptr;               ///< [1] keeps the loads from being dropped
};

/// 128 KiB in flight per SM: a CTA of 1,024 threads, eight loads of 16 bytes each.
inline constexpr std::size_t kSmReadStep = 1024 * 8 * 16;

/// One CTA per SM of a device with `sm_count`.
void launch_sm_reads(SmReadParams const& params, int sm_count, cudaStream_t stream);

}  // namespace fluxscope::profiler
