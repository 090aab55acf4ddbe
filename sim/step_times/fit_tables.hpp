#pragma once
// The points of a profile's step tables from many measured times.

#include <cstddef>
#include <span>
#include <vector>

#include "sim/cost/step_tables.hpp"
#include "sim/device/profile.hpp"
#include "sim/step_times/table.hpp"

namespace fluxscope::sim {

struct StepPoints {
  std::size_t products = 24;  ///< of one n and k, at most
  std::size_t sizes = 12;     ///< of one operation on rows, or of all_reduce among so many ranks
};

/// Tables of a few of the `rows` (indices). Products: with_tiles() of all rows, then the shortest
/// and the longest m, then again and again the product that the points so far miss most, until all
/// are within 1 %. Operations by bytes: sizes in as many parts of equal ratio, of each the median
/// size with the median time. An operation of whose sizes one is left gets no curve.
[[nodiscard]] StepTables fit_step_tables(StepTimes const& times, std::span<std::size_t const> rows,
                                         DeviceSpec const& spec, StepPoints const& points);

/// What `tables` say of `row`; ns. The row's operation has a table.
[[nodiscard]] double predict_ns(StepTimedRow const& row, StepTables const& tables);

/// Whether `tables` have one for the row's operation.
[[nodiscard]] bool has_table(StepTimedRow const& row, StepTables const& tables);

[[nodiscard]] GemmRates gemm_rates(DeviceSpec const& spec);

}  // namespace fluxscope::sim
