#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// The /sm rows of one launch from the lives of all its CTAs, in any order: one row per SM, used or
/// not; busy_ns is the union of the lives, slot_busy_ns their sum. launch_id and u_ns are left to
/// the caller. Throws ContractError for a CTA on an SM that the device has not.
[[nodiscard]] std::vector<traces::SmRecord> sm_rows(std::span<traces::CtaRecord const> ctas,
                                                    std::uint32_t sm_count);

/// From the first CTA's entry to the last one's exit; kMissingNs where none ran.
struct CtaWindow {
  std::int64_t first_ns = traces::kMissingNs;
  std::int64_t last_ns = traces::kMissingNs;
};
[[nodiscard]] CtaWindow cta_window(std::span<traces::SmRecord const> sms);

}  // namespace fluxscope::runs
