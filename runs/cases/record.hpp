#pragma once

#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// The row of /cases: the plan and the counts of its `work`. Times are NaN, provenance is empty.
[[nodiscard]] traces::CaseRecord case_record(plan::Case const& layer_case,
                                             plan::LayerWork const& work);

}  // namespace fluxscope::runs
