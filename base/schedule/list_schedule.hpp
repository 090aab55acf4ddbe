#pragma once
// Greedy list scheduling: each job, in order, starts on the slot that is free first.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fluxscope {

struct ScheduledJob {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::uint32_t slot = 0;
};

struct Schedule {
  std::vector<ScheduledJob> jobs;  // [durations]
  std::int64_t makespan = 0;
};

/// Ties between free slots go to the lowest number. Durations >= 0 in any integer unit; slots >= 1.
/// O(n log slots). Graham (1966): max(longest, sum / slots) <= makespan <= longest + sum / slots.
[[nodiscard]] Schedule list_schedule(std::span<std::int64_t const> durations, std::uint32_t slots);

/// Indices of `durations`, longest first, ties in their order. Scheduling in this order ends
/// within 4/3 of the optimum (Graham 1969).
[[nodiscard]] std::vector<std::uint32_t> longest_first_order(
    std::span<std::int64_t const> durations);

}  // namespace fluxscope
