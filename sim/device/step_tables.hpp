#pragma once
// The tables of a device profile that steps are timed by, as TOML.

#include <string>
#include <vector>

#include "base/toml/reader.hpp"
#include "sim/cost/step_tables.hpp"

namespace fluxscope::sim {

struct DeviceSpec;

/// Reads, each where it is there:
///   [[gemm]]        m, n, k, time_ns, tile_m, tile_n (of the kernel that ran), splits (of k,
///                   default 1): a measured product each, in any order
///   [[rows]]        op (of row_op_names()), bytes, time_ns: a measured operation each; at least
///   two
///                   sizes of an op, ascending
///   [[collective]]  ranks, bytes, time_ns: a measured all_reduce each, likewise
///   [launch]        eager_gap_ns, eager_start_ns, graph_gap_ns, graph_start_ns, and the table
///                   host_ns: op = ns, see LaunchCosts
/// Throws InputError with file:line, also for a product or size given twice.
[[nodiscard]] StepTables read_step_tables(TomlTable const& file, DeviceSpec const& spec);

/// Operations that [[rows]] may name: those on rows, router and plan_gpu.
[[nodiscard]] std::vector<std::string> row_op_names();

/// What read_step_tables() reads.
[[nodiscard]] std::string step_tables_text(StepTables const& tables);

}  // namespace fluxscope::sim
