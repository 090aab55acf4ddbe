#pragma once

#include <cstddef>
#include <span>

#include "sim/calibrate/data.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// Writes the contexts, batches and shapes of the cases `chosen` (indices), which the profile was
/// fitted to, into its evidence: provenance() tells by them what a prediction stands on.
void add_fitted_ranges(CalibrationData const& data, std::span<std::size_t const> chosen,
                       DeviceProfile& profile);

}  // namespace fluxscope::sim
