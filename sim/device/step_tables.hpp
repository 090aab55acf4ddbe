#pragma once
// The tables of a device profile that steps are timed by, as TOML.

#include <string>
#include <vector>

#include "base/toml/reader.hpp"
#include "sim/cost/step_tables.hpp"

namespace fluxscope::sim {

struct DeviceSpec;

/// Reads, each where it is there:
///   gemm        m, n, k, time_ns, tile_m, tile_n (of the kernel that ran), splits (of k, default
///               1): a measured product each, in any order
///   rows        op (of row_op_names()), bytes, time_ns: a measured operation each; at least two
///               sizes of an op, ascending
///   collective  ranks, bytes, time_ns: a measured all_reduce each, likewise
///   [launch]    eager_gap_ns, eager_start_ns, graph_gap_ns, graph_start_ns, and the table
///               host_ns: op = ns, see LaunchCosts
///   [steps]     made_from: the measured tables; transferred_from: another GPU; transferred:
///   "gemm",
///               "launch", names of operations whose times are its
/// The first three are arrays of tables: [[gemm]], or gemm = [{ ... }] before the first table.
/// Throws InputError with file:line, also for a product or size given twice.
[[nodiscard]] StepTables read_step_tables(TomlTable const& file, DeviceSpec const& spec);

/// Operations that [[rows]] may name: those on rows, router and plan_gpu.
[[nodiscard]] std::vector<std::string> row_op_names();

/// What read_step_tables() reads: to stand before the first table of a file.
[[nodiscard]] std::string step_tables_text(StepTables const& tables);

/// StepTables::held_out as [evidence.steps.<table>].
[[nodiscard]] std::string step_evidence_text(StepTables const& tables);
/// Reads it.
void read_step_evidence(TomlTable const& steps, StepTables& tables);

}  // namespace fluxscope::sim
