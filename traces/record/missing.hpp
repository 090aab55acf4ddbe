#pragma once
// What stands for a value that is missing. NaN for doubles and the empty text for texts; every
// dataset of a file names its own in an attribute.

#include <cstdint>
#include <limits>

namespace fluxscope::traces {

inline constexpr std::int64_t kMissingNs = std::numeric_limits<std::int64_t>::min();  ///< a time
inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();    ///< an id

}  // namespace fluxscope::traces
