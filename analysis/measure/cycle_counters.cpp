#include "analysis/measure/cycle_counters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace fluxscope::analysis {
namespace {

constexpr std::array<std::string_view, 5> kNamesInOrder = {
    "sm__cycles_active.min", "sm__cycles_active.avg", "sm__cycles_active.max",
    "sm__cycles_elapsed.avg", "sm__cycles_elapsed.max"};

}  // namespace

CycleCounters::CycleCounters(std::span<traces::CounterRecord const> rows) {
  static_assert(kNames == kNamesInOrder.size());
  for (auto const& row : rows) {
    auto const found = std::find(kNamesInOrder.begin(), kNamesInOrder.end(), row.name);
    if (found == kNamesInOrder.end()) continue;
    auto& value = values_[{row.case_id, row.launch_index}].at(
        static_cast<std::size_t>(found - kNamesInOrder.begin()));
    if (!value) value = row.value;
  }
}

std::optional<ActiveCycles> CycleCounters::of(std::uint32_t case_id, std::uint32_t index) const {
  auto const found = values_.find({case_id, index});
  if (found == values_.end()) return std::nullopt;
  auto const value = [&](std::size_t name) {
    return found->second.at(name).value_or(std::numeric_limits<double>::quiet_NaN());
  };
  ActiveCycles cycles{value(0), value(1), value(2), value(3)};
  if (std::isnan(cycles.elapsed_cyc)) cycles.elapsed_cyc = value(4);
  if (std::isnan(cycles.avg_cyc)) return std::nullopt;
  return cycles;
}

}  // namespace fluxscope::analysis
