#pragma once

#include <cstdint>

namespace fluxscope::plan {

/// Of a weight, an activation or a cached K or V: bf16.
inline constexpr std::int64_t kElementBytes = 2;

}  // namespace fluxscope::plan
