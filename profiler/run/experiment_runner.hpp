#pragma once
// Runs an experiment on the current GPU and writes its trace.

#include <cstddef>
#include <string>
#include <vector>

#include "plan/experiment/experiment.hpp"

namespace fluxscope::profiler {

struct RunOptions {
  std::string output;                      ///< trace file
  std::vector<int> passes = {0, 1, 2, 3};  ///< wanted; the experiment can switch off 1 to 3 too
  std::string case_glob = "*";
  std::size_t limit = 0;  ///< first cases only; 0: all
  std::string command_line;
};

/// Passes 0 (timing) and 2 (probe) first, while CUPTI has not been touched, then 1 (activity), then
/// 3 (counters). A pass that cannot run is absent from the trace, with the reason. Throws
/// InputError where there is no usable GPU, a case does not fit its memory, or the trace cannot be
/// written.
void run_experiment(plan::Experiment const& experiment, RunOptions const& options);

}  // namespace fluxscope::profiler
