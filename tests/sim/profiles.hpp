#pragma once
// A device profile for tests: plausible numbers of an H200, not a measurement.

#include "sim/device/profile.hpp"

namespace fluxscope::sim::testing {

/// Costs estimated from kernels timed on an H200 (docs/measurements/prefill_mma.md): mma.sync
/// prefill at 335 TFLOP/s (two CTAs per SM: 13.2 us a block together), decode streams that
/// saturate 4.4 TB/s.
[[nodiscard]] DeviceProfile h200_like();

}  // namespace fluxscope::sim::testing
