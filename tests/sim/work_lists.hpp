#pragma once
// Work lists for tests, made by hand.

#include <vector>

#include "plan/layer/work_list.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim::testing {

/// One prefill or decode tile per entry of `blocks`, in that order.
[[nodiscard]] plan::WorkList work_list(std::vector<std::int32_t> const& blocks,
                                       plan::Scheduler scheduler = plan::Scheduler::natural,
                                       std::int32_t slots = 1 << 20);

/// Random block counts in [0, most].
[[nodiscard]] std::vector<std::int32_t> random_blocks(std::uint64_t seed, std::size_t count,
                                                      std::int32_t most);

/// The experiment-free parts of a device: `sms` SMs with round numbers as costs.
[[nodiscard]] LaunchModel model(std::int32_t sms, std::int32_t ctas_per_sm, KernelCost cost,
                                plan::OpLimit limit = plan::OpLimit::sm_compute);

}  // namespace fluxscope::sim::testing
