#pragma once
// Runs an experiment on the current GPU and writes its trace.

#include <cstddef>
#include <string>
#include <vector>

#include "base/output/output_file.hpp"
#include "plan/experiment/experiment.hpp"
#include "traces/pass.hpp"

namespace fluxscope::profiler {

struct RunOptions {
  std::vector<traces::Pass> passes = traces::all_passes();  ///< wanted; [measure] has a say too
  std::string case_glob = "*";
  std::size_t limit = 0;  ///< first cases only; 0: all
  std::string command_line;
};

/// Runs the passes of all_stages() and commits the trace. A pass that cannot run is absent from the
/// trace, with the reason. Other processes on the GPU, before or after the passes, are named on
/// stderr and counted in the trace's losses. Throws InputError where there is no usable GPU, a case
/// does not fit its memory, or the trace cannot be written.
void run_experiment(plan::Experiment const& experiment, RunOptions const& options,
                    OutputFile output);

}  // namespace fluxscope::profiler
