#pragma once
// Rows of a table of times as cases of a fit: their plans under a decomposition.

#include <set>

#include "plan/layer/decomposition.hpp"
#include "sim/calibrate/data.hpp"
#include "sim/device/profile.hpp"
#include "sim/times/table.hpp"

namespace fluxscope::sim {

/// The kernels of `decomposition` on a GPU, without any cost: those of `phases`.
[[nodiscard]] DeviceProfile foreign_profile(DeviceSpec const& spec,
                                            plan::Decomposition const& decomposition,
                                            std::set<plan::Phase> const& phases);

/// A window becomes a streaming selection without sinks. Throws InputError as
/// decomposed_launches() does.
[[nodiscard]] CalibrationCase times_case(TimedRow const& row, DeviceProfile const& profile);

/// Tiles of its launches before any split, about.
[[nodiscard]] std::int64_t tile_count(TimedRow const& row,
                                      plan::Decomposition const& decomposition);

/// What the GPU needs at least: the products at its peak, or K and V once at its memory's.
struct IdealTime {
  double compute_ns = 0;
  double memory_ns = 0;
};
[[nodiscard]] IdealTime ideal_time(TimedRow const& row, DeviceSpec const& spec);

/// Throws InputError "path:line: ..." for times that no unit slip but a wrong unit (or GPU)
/// explains: a row quicker than its products at 1.1 x the peak or its K and V at 4 x the memory's
/// bandwidth (the L2's), and a table whose best row of 10 ideal microseconds or more takes 100
/// times its ideal.
void expect_plausible(TimesTable const& table, DeviceSpec const& spec);

}  // namespace fluxscope::sim
