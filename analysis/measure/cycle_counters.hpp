#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "analysis/measure/launch_measure.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// The SM cycle counters of /counters, by case and position in its launch list. Of several rows
/// with one name the first counts; other counters are not read.
class CycleCounters {
 public:
  explicit CycleCounters(std::span<traces::CounterRecord const> rows);

  /// nullopt where the average SM's active cycles were not collected.
  [[nodiscard]] std::optional<ActiveCycles> of(std::uint32_t case_id, std::uint32_t index) const;

 private:
  static constexpr std::size_t kNames = 5;
  using Values = std::array<std::optional<double>, kNames>;  // in the order of the names

  std::map<std::pair<std::uint32_t, std::uint32_t>, Values> values_;
};

}  // namespace fluxscope::analysis
