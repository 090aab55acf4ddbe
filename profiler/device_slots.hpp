#pragma once

#include <cstdint>

#include "plan/work_list.hpp"

namespace fluxscope::profiler {

/// Resident CTAs per SM of this build's kernels on the current device.
[[nodiscard]] plan::DeviceSlots device_slots(int sm_count, std::int32_t head_dim);

}  // namespace fluxscope::profiler
