#pragma once
// Reads and validates a trace. Nothing of the file is trusted before it is checked.

#include <string>

#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// Reads `path` whole. An unfinished file (complete = 0) is read too: Trace::complete says so. So
/// is one of before schema 1.2, whose values nothing vouches for: Trace::has_digests says so.
/// Throws InputError "path: problem (why) what to do" for a file that is missing, not HDF5, not
/// ours, of another major schema version, truncated, changed since it was written (digests), or
/// inconsistent (lengths, types, ids, times, links, filters).
[[nodiscard]] Trace read_trace(std::string const& path);

/// Checks ids, ranges and times of a trace in memory. Throws InputError naming table and row.
void validate(Trace const& trace, std::string const& path);

}  // namespace fluxscope::traces
