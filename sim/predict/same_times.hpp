#pragma once
// Rows that take the same time are simulated once.

#include <string>

#include "sim/device/profile.hpp"
#include "sim/predict/case_row.hpp"

namespace fluxscope::sim {

/// A row of whole blocks with the same launches: tiles count blocks of 128 tokens, so lengths that
/// cover as many are one case. The row itself where exact tokens matter: the last rows of a
/// triangle, KV sections that would change, and other programs' kernels but for decode that reads
/// everything.
[[nodiscard]] CaseRow in_whole_blocks(CaseRow const& row, plan::DeviceSlots const& slots);

/// Bytes that are equal for equal rows and for no others.
[[nodiscard]] std::string key_of(CaseRow const& row);

}  // namespace fluxscope::sim
