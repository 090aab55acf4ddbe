#pragma once

#include <string>

#include "base/output/output_folder.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// The files of the tables: what an older export holds, and nothing else.
[[nodiscard]] FolderRules csv_rules();

/// Writes one file per table into the folder and commits it: cases.csv, launches.csv,
/// clock_sm.csv, ... and attributes.csv. Line 1 is "# units: ..." (a unit per column), line 2 the
/// column names; missing values are empty; texts are csv_cell(); numbers are the shortest that read
/// back to the same value.
/// Throws InputError where a file cannot be written.
void export_csv(Trace const& trace, OutputFolder& folder);
void export_csv(Trace const& trace, std::string const& directory);

}  // namespace fluxscope::traces
