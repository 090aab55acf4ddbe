#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace fluxscope::testing {

/// The shortest makespan over every assignment of jobs to slots: slots ^ jobs of them.
[[nodiscard]] inline std::int64_t brute_force_makespan(std::vector<std::int64_t> const& durations,
                                                       std::size_t slots) {
  std::int64_t best = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
  std::vector<std::size_t> slot_of(durations.size(), 0);
  for (;;) {
    std::vector<std::int64_t> load(slots, 0);
    for (std::size_t i = 0; i < durations.size(); ++i) load[slot_of[i]] += durations[i];
    best = std::min(best, *std::max_element(load.begin(), load.end()));
    std::size_t digit = 0;
    while (digit < slot_of.size() && ++slot_of[digit] == slots) slot_of[digit++] = 0;
    if (digit == slot_of.size()) return best;
  }
}

}  // namespace fluxscope::testing
