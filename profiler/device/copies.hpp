#pragma once

#include <cstdint>

#include "runs/cases/layout.hpp"

namespace fluxscope::profiler {

/// Data copies to rotate over, so that no execution finds its input in L2: enough that the touched
/// bytes of all copies are 2 x l2_bytes, at most `memory_bytes` of copies, at least 1.
struct CopyCount {
  std::uint32_t copies = 1;
  bool beyond_l2 = true;  ///< false: memory allowed too few copies
};
[[nodiscard]] CopyCount choose_copies(runs::CaseLayout const& layout, std::int64_t l2_bytes,
                                      std::int64_t memory_bytes);

}  // namespace fluxscope::profiler
