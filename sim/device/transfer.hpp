#pragma once
// From a GPU that was measured to one that was not: by ratios of their specifications.

#include <array>
#include <cstdint>

#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// Target over source, of times.
struct TransferRatios {
  double clock = 1;                        ///< fixed times: SM clock
  std::array<double, 2> sm_compute{1, 1};  ///< [MatrixInstruction] blocks of ops limited by
                                           ///< compute: tensor core rate per SM
  double memory = 1;                       ///< saturated memory: whole bandwidth
};

[[nodiscard]] TransferRatios transfer_ratios(DeviceSpec const& from, DeviceSpec const& to);

/// CTAs of `kernel` that fit an SM of `spec` at once: by threads, registers (allocated per warp in
/// units of 256) and shared memory (1 KiB reserved per CTA), at most 32. At least 1.
[[nodiscard]] std::int32_t resident_ctas(KernelProfile const& kernel, DeviceSpec const& spec);

/// How much wider the interval of a transferred time is on each side: twice the mean error of
/// H200 -> A100 transfers without A100 data, 19.5 % prefill and 21.6 % decode (a model of CTAs and
/// waves fitted to aiconfigurator's tables): a prior, not a measurement of these kernels.
inline constexpr double kTransferSpreadRatio = 0.4;

/// Keeps iteration counts and schedulers, rescales the times, and recomputes occupancy; leaves out
/// the tables of steps, which are measured points of the other GPU and its host. What a CTA draws
/// from memory alone stays: it is bytes in flight over a latency, the same 317 and 314 us of one
/// case on an H200 and an H100. A chip of another kind has no known memory groups. The
/// interval is widened by `spread_ratio` to each side. Throws InputError where `to` does not run a
/// kernel of `from`.
[[nodiscard]] DeviceProfile transfer(DeviceProfile const& from, DeviceSpec const& to,
                                     double spread_ratio = kTransferSpreadRatio);

}  // namespace fluxscope::sim
