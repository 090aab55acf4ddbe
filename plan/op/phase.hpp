#pragma once

#include <cstdint>

namespace fluxscope::plan {

enum class Phase : std::uint8_t { prefill, decode };

}  // namespace fluxscope::plan
