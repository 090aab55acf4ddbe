#pragma once

#include <vector>

#include "plan/experiment/experiment.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// The rows of the head-against-layer table and their layers.
[[nodiscard]] std::vector<traces::RowRecord> row_records(plan::Experiment const& experiment);
[[nodiscard]] std::vector<traces::RowLayerRecord> row_layer_records(
    plan::Experiment const& experiment);

}  // namespace fluxscope::runs
