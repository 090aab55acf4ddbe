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

namespace {

/// The order by counting, where the durations lie so close that this is quicker than comparing.
bool order_by_counting(std::span<std::int64_t const> durations, std::vector<std::uint32_t>& order) {
  if (durations.empty()) return true;
  auto const [least, most] = std::minmax_element(durations.begin(), durations.end());
  auto const range = static_cast<std::uint64_t>(*most) - static_cast<std::uint64_t>(*least);
  if (range >= 4 * durations.size()) return false;
  std::vector<std::uint32_t> place(range + 2, 0);  // of the first of each duration
  for (std::int64_t const duration : durations)
    ++place[static_cast<std::size_t>(*most - duration) + 1];
  for (std::size_t i = 1; i < place.size(); ++i) place[i] += place[i - 1];
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    order[place[static_cast<std::size_t>(*most - durations[i])]++] = i;
  }
  return true;
}

}  // namespace

std::vector<std::uint32_t> longest_first_order(std::span<std::int64_t const> durations) {
  std::vector<std::uint32_t> order(durations.size());
  if (order_by_counting(durations, order)) return order;
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return durations[a] > durations[b]; });
  return order;
}

}  // namespace fluxscope
