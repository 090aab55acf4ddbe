#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "traces/record.hpp"

namespace fluxscope::runs {

/// Which of the passes 0 to 3 run, and why the others do not.
class PassTable {
 public:
  /// `wanted`: pass numbers of the command line. The experiment's [measure] can switch off 1 to 3.
  PassTable(std::span<int const> wanted, plan::MeasureSettings const& settings);

  [[nodiscard]] bool present(std::uint32_t pass) const { return records_[pass].present; }
  /// Records why a wanted pass could not run and says so on stderr.
  void absent(std::uint32_t pass, std::string const& reason);
  [[nodiscard]] std::vector<traces::PassRecord> const& records() const { return records_; }

 private:
  std::vector<traces::PassRecord> records_;
};

}  // namespace fluxscope::runs
