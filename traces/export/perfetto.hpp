#pragma once

#include <string>

#include "base/output/output_file.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// What a Perfetto timeline of this program is told by.
[[nodiscard]] FileKind perfetto_kind();

/// Writes a Perfetto trace (TrackEvent protobuf; open it at ui.perfetto.dev).
///
///   process "SM n", one track per slot   a slice per CTA, with its tile's head, query block and
///                                        KV blocks; CTAs that ran several tiles hold their tiles
///   process "Launches"                   a slice per launch
///   process "Steps"                      steps, in them their layers, in them their launches
///   processes "NVTX", "CUDA API", "CUPTI overhead"
///
/// Time 0 is the earliest slice. Cases that overlap in time (simulated ones all start at 0) are
/// drawn one after the other; annotations begin_ns and end_ns keep the times of the trace.
/// Not shown: warps, and CTAs without rows (beyond the keep rule).
/// Commits the output. Throws InputError where the file cannot be written.
void export_perfetto(Trace const& trace, OutputFile& output);
/// Into `path`, where only such a timeline is replaced.
void export_perfetto(Trace const& trace, std::string const& path);

}  // namespace fluxscope::traces
