#pragma once

#include <span>
#include <string>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "traces/pass.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// Which passes run, and why the others do not: a row per pass.
class PassTable {
 public:
  /// `wanted`: of the command line. The experiment's [measure] can switch off activity, counters,
  /// and with `probe` both the probe and its overhead.
  PassTable(std::span<traces::Pass const> wanted, plan::MeasureSettings const& settings);

  [[nodiscard]] bool present(traces::Pass pass) const { return record(pass).present; }
  /// Records why a wanted pass could not run and says so on stderr.
  void absent(traces::Pass pass, std::string const& reason);
  [[nodiscard]] std::vector<traces::PassRecord> const& records() const { return records_; }

 private:
  [[nodiscard]] traces::PassRecord const& record(traces::Pass pass) const {
    return records_[traces::number(pass)];
  }

  std::vector<traces::PassRecord> records_;  // [kPasses]
};

}  // namespace fluxscope::runs
