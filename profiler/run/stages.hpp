#pragma once

#include <vector>

#include "profiler/run/run_pass.hpp"
#include "runs/pass_table.hpp"

namespace fluxscope::profiler {

/// All passes. A case is timed before it is probed, and CUPTI, which can change the timer's step
/// and slow launches, is not touched before the first stage has ended.
[[nodiscard]] std::vector<Stage> all_stages();

/// Runs the passes of `stage` that `passes` has present over all cases; a case's rows are in the
/// trace when its turn ends. A pass that is unavailable, or that CUPTI fails, becomes absent with
/// the reason. Throws InputError "case NAME: ..." for what is wrong with a case.
void run_stage(RunContext& run, Stage stage, runs::PassTable& passes);

}  // namespace fluxscope::profiler
