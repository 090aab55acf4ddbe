#include "profiler/machine/chip_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace fluxscope::profiler {
namespace {

TEST(Joined, SmsThatAnyClusterReachedTogetherAreOne) {
  auto const sets = joined(8, {{0, 2}, {1, 3}, {2, 4}, {5, 6}});

  EXPECT_EQ(sets, (std::vector<SmSet>{{0, 2, 4}, {1, 3}, {5, 6}, {7}}));
}

/// A chip of two paths: an SM alone draws 84, a path carries 2,650 in all (as an H200, GB/s).
ReadRates two_paths(std::vector<std::uint32_t> group_of_sm) {
  return [group = std::move(group_of_sm)](std::vector<SmSet> const& sets) {
    std::map<std::uint32_t, double> reading;
    for (SmSet const& set : sets) {
      for (std::uint32_t const sm : set) ++reading[group[sm]];
    }
    std::vector<double> rates;
    for (SmSet const& set : sets) {
      double sum = 0;
      for (std::uint32_t const sm : set) sum += std::min(84.0, 2650 / reading[group[sm]]);
      rates.push_back(sum / static_cast<double>(set.size()));
    }
    return rates;
  };
}

/// GPCs of 16 SMs by their paths, then TPCs of 2.
std::vector<SmSet> sets_of(std::vector<std::uint32_t> const& gpc_groups,
                           std::vector<std::uint32_t> const& tpc_groups,
                           std::vector<std::uint32_t>& group_of_sm) {
  std::vector<SmSet> sets;
  auto const add = [&](std::uint32_t group, int sms) {
    sets.emplace_back();
    for (int i = 0; i < sms; ++i) {
      sets.back().push_back(static_cast<std::uint32_t>(group_of_sm.size()));
      group_of_sm.push_back(group);
    }
  };
  for (std::uint32_t const group : gpc_groups) add(group, 16);
  for (std::uint32_t const group : tpc_groups) add(group, 2);
  return sets;
}

TEST(MemoryGroups, AreFoundFromRatesOfTriplesAndOfTheRest) {
  std::vector<std::uint32_t> const gpcs = {0, 1, 1, 1, 0, 1, 0};
  std::vector<std::uint32_t> const tpcs = {1, 0, 0};
  std::vector<std::uint32_t> group_of_sm;
  auto const sets = sets_of(gpcs, tpcs, group_of_sm);

  auto const groups = memory_groups(sets, two_paths(group_of_sm));

  EXPECT_EQ(groups, (std::vector<std::uint32_t>{0, 1, 1, 1, 0, 1, 0, 1, 0, 0}));
}

TEST(MemoryGroups, OnePathShowsNoGroups) {
  std::vector<std::uint32_t> group_of_sm;
  auto const sets = sets_of({0, 0, 0, 0, 0}, {0}, group_of_sm);

  auto const groups = memory_groups(sets, two_paths(group_of_sm));

  EXPECT_EQ(groups, std::vector<std::uint32_t>(6, 0));
}

TEST(MemoryGroups, ReadingThatVariesByAPercentDoesNotMakeGroups) {
  std::vector<std::uint32_t> group_of_sm;
  auto const sets = sets_of({0, 0, 0, 0, 0, 0}, {}, group_of_sm);
  auto const plain = two_paths(group_of_sm);
  int call = 0;
  auto const groups = memory_groups(sets, [&](std::vector<SmSet> const& chosen) {
    auto rates = plain(chosen);
    for (double& rate : rates) rate *= 1 + 0.01 * ((++call * 7919) % 13 / 6.0 - 1);
    return rates;
  });

  EXPECT_EQ(groups, std::vector<std::uint32_t>(6, 0));
}

}  // namespace
}  // namespace fluxscope::profiler
