#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"
#include "traces/record.hpp"

namespace fluxscope::runs {

/// The work lists of all cases for one device, planned once on all cores and kept up to a few GB;
/// larger ones are planned anew at each use.
class PlannedCases {
 public:
  /// Throws InputError "case NAME: ..." where a plan is refused.
  PlannedCases(plan::Experiment const& experiment, plan::DeviceSlots const& slots);

  [[nodiscard]] std::shared_ptr<plan::LayerWork const> work(std::size_t index) const;
  /// Times are NaN still.
  [[nodiscard]] std::vector<traces::CaseRecord>& records() { return records_; }
  [[nodiscard]] plan::Experiment const& experiment() const { return experiment_; }

 private:
  plan::Experiment const& experiment_;
  plan::DeviceSlots slots_;
  std::vector<std::shared_ptr<plan::LayerWork const>> kept_;  // null: planned anew
  std::vector<traces::CaseRecord> records_;
};

/// The rows of the head-against-layer table and their layers.
[[nodiscard]] std::vector<traces::RowRecord> row_records(plan::Experiment const& experiment);
[[nodiscard]] std::vector<traces::RowLayerRecord> row_layer_records(
    plan::Experiment const& experiment);

}  // namespace fluxscope::runs
