#pragma once

#include <cstdint>

#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::runs {

/// The launches of a case on a device of `memory_bytes` (0: unknown, not checked). Throws
/// InputError as make_layer_work does, and where one layer of the case needs more memory than the
/// device has: what it needs, and the largest batch and context that fit.
[[nodiscard]] plan::LayerWork plan_case(plan::LayerPlan const& plan, plan::DeviceSlots const& slots,
                                        std::int64_t memory_bytes);

/// The largest that fits with the rest of the plan as it is; 0 where none does.
struct Fitting {
  std::int32_t batch = 0;   ///< the first so many requests
  std::int32_t kv_len = 0;  ///< whole blocks; longer contexts are cut to it, and with them q_len
};
[[nodiscard]] Fitting largest_that_fits(plan::LayerPlan const& plan, plan::DeviceSlots const& slots,
                                        std::int64_t memory_bytes);

}  // namespace fluxscope::runs
