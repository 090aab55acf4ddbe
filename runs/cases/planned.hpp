#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// The work lists of all cases for one device, planned once on all cores and kept up to a few GB;
/// larger ones are planned anew at each use.
class PlannedCases {
 public:
  /// `memory_bytes` of the device; 0: unknown. Throws InputError "case NAME: ..." as plan_case
  /// does.
  PlannedCases(plan::Experiment const& experiment, plan::DeviceSlots const& slots,
               std::int64_t memory_bytes);

  [[nodiscard]] std::shared_ptr<plan::LayerWork const> work(std::size_t index) const;
  /// Provenance "measured"; times are NaN still.
  [[nodiscard]] std::vector<traces::CaseRecord>& records() { return records_; }
  [[nodiscard]] plan::Experiment const& experiment() const { return experiment_; }

 private:
  plan::Experiment const& experiment_;
  plan::DeviceSlots slots_;
  std::vector<std::shared_ptr<plan::LayerWork const>> kept_;  // null: planned anew
  std::vector<traces::CaseRecord> records_;
};

}  // namespace fluxscope::runs
