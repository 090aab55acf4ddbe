#pragma once
// Words for what base/time_ratio.hpp says of times.

#include <string_view>

#include "base/time_ratio.hpp"

namespace fluxscope::analysis {

/// Of RunInfo::source.
[[nodiscard]] IntervalKind interval_kind(std::string_view source);

[[nodiscard]] std::string_view order_name(Order order);

/// The weaker of two CaseRecord::provenance words: measured, calibrated, interpolated,
/// extrapolated, transferred; "" (not stated) is weakest.
[[nodiscard]] std::string_view weaker_provenance(std::string_view a, std::string_view b);

}  // namespace fluxscope::analysis
