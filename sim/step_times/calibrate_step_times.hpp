#pragma once
// Step tables of a device profile from tables of measured times, with the errors on rows that no
// fit saw.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/device/profile.hpp"
#include "sim/step_times/fit_tables.hpp"
#include "sim/step_times/table.hpp"

namespace fluxscope::sim {

struct StepTimesOptions {
  StepPoints points;
  std::size_t folds = 4;
};

struct StepCalibration {
  StepTables tables;                 ///< with their intervals in StepTables::held_out
  std::vector<HeldOutSet> held_out;  ///< all, and above 0.1 ms
  std::int64_t rows = 0;
};

/// fit_step_tables() of all rows. Its errors are those of fits without each fold in turn of
///   products          "tokens": every fourth m of all weights; "weights": every fourth (n, k),
///   which
///                     another one's points then predict
///   rows, collective  "bytes": every fourth size.
/// The tables' intervals are split-conformal over what the folds of "tokens" and "bytes" predicted,
/// and over "weights" for weights that have no points. Throws InputError "path:line: ..." for times
/// that the GPU cannot reach (another unit, or GPU), and for weights, operations and ranks with
/// fewer than four sizes.
[[nodiscard]] StepCalibration calibrate_step_times(StepTimes const& times, DeviceSpec const& spec,
                                                   StepTimesOptions const& options);

/// `profile` with these tables; its others, its launch costs and its kernels stay.
[[nodiscard]] DeviceProfile with_step_tables(DeviceProfile profile,
                                             StepCalibration const& calibration);

/// The tables that `profile` lacks (products, operations on rows, launch costs, all_reduce among
/// some ranks) from another GPU's profile, which StepTables::transferred then says: the least time
/// of an operation and the gaps between launches by the ratio of clocks, the rest by that of
/// memory bandwidths; products by that of tensor cores or memory, whichever bounds them; the
/// host's times as they are. Throws InputError where `from` has none either.
[[nodiscard]] DeviceProfile with_borrowed_steps(DeviceProfile profile, DeviceProfile const& from);

/// Errors as a table, and how many points the profile has.
[[nodiscard]] std::string step_calibration_text(StepCalibration const& calibration);

}  // namespace fluxscope::sim
