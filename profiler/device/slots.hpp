#pragma once

#include <cstdint>
#include <optional>

#include "plan/layer/work_list.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

/// What plans for `device`, the current one, assume: resident CTAs per SM of this build's kernels,
/// KV sections that fit its L2. Without `prefill_kernel`: prefill_wgmma where it runs, else
/// prefill_mma. Throws InputError for a kernel that the GPU does not run.
[[nodiscard]] plan::DeviceSlots device_slots(traces::DeviceInfo const& device,
                                             std::int32_t head_dim,
                                             std::optional<plan::PrefillKernel> prefill_kernel);

}  // namespace fluxscope::profiler
