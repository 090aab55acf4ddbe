#pragma once

#include <cstdint>

#include "traces/pass.hpp"

namespace fluxscope::runs {

/// case << 16 | pass << 8 | repetition: the `external_id` of /launches, and the id under which
/// CUPTI's records of a launch are found again. Throws ContractError unless pass and repetition
/// are below 256.
[[nodiscard]] std::uint64_t external_id(std::uint32_t case_id, traces::Pass pass,
                                        std::uint32_t repetition);

}  // namespace fluxscope::runs
