#include "base/schedule/list_schedule.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

#include "base/error.hpp"

namespace fluxscope {

Schedule list_schedule(std::span<std::int64_t const> durations, std::uint32_t slots) {
  expects(slots >= 1, "list_schedule needs a slot");
  using FreeAt = std::pair<std::int64_t, std::uint32_t>;
  std::priority_queue<FreeAt, std::vector<FreeAt>, std::greater<>> free;
  for (std::uint32_t slot = 0; slot < slots; ++slot) free.emplace(0, slot);
  Schedule schedule;
  schedule.jobs.reserve(durations.size());
  for (std::int64_t const duration : durations) {
    expects(duration >= 0, "a duration is not negative");
    auto const [begin, slot] = free.top();
    free.pop();
    schedule.jobs.push_back({begin, begin + duration, slot});
    schedule.makespan = std::max(schedule.makespan, begin + duration);
    free.emplace(begin + duration, slot);
  }
  return schedule;
}

std::vector<std::uint32_t> longest_first_order(std::span<std::int64_t const> durations) {
  std::vector<std::uint32_t> order(durations.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return durations[a] > durations[b]; });
  return order;
}

}  // namespace fluxscope
