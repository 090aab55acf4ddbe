#include "base/schedule/lanes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace fluxscope {
namespace {

using Interval = std::pair<std::int64_t, std::int64_t>;

/// Tries the lanes one by one against every interval that lies in them.
std::size_t tried_lane(std::vector<std::vector<Interval>> const& lanes, Interval const& next,
                       Nesting nesting) {
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    bool const fits = std::all_of(lanes[lane].begin(), lanes[lane].end(), [&](Interval const& one) {
      bool const apart = one.second <= next.first;
      bool const holds = one.second >= next.second;
      return apart || (nesting == Nesting::allowed && holds);
    });
    if (fits) return lane;
  }
  return lanes.size();
}

// Begins within few values: many equal begins, equal ends and empty intervals.
std::vector<Interval> random_intervals(unsigned seed, std::int64_t range, std::int64_t longest) {
  std::mt19937 random(seed);
  std::vector<Interval> intervals(200);
  for (auto& [begin, end] : intervals) {
    begin = std::uniform_int_distribution<std::int64_t>(-range, range)(random);
    end = begin + std::uniform_int_distribution<std::int64_t>(0, longest)(random);
  }
  std::stable_sort(intervals.begin(), intervals.end(),
                   [](auto const& a, auto const& b) { return a.first < b.first; });
  return intervals;
}

void expect_first_fit(Nesting nesting) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    auto const intervals = random_intervals(seed, seed % 3 == 0 ? 8 : 500, 1 + seed * 5);
    std::vector<std::vector<Interval>> tried;
    Lanes lanes(nesting);
    for (Interval const& one : intervals) {
      std::size_t const want = tried_lane(tried, one, nesting);
      ASSERT_EQ(lanes.take(one.first, one.second), want) << "seed " << seed;
      if (want == tried.size()) tried.emplace_back();
      tried[want].push_back(one);
      ASSERT_EQ(lanes.count(), tried.size());
    }
  }
}

TEST(Lanes, EveryIntervalTakesTheLaneThatTryingAllFinds) { expect_first_fit(Nesting::forbidden); }

TEST(Lanes, WithNestingEveryIntervalTakesTheLaneThatTryingAllFinds) {
  expect_first_fit(Nesting::allowed);
}

TEST(Lanes, AnEarlierBeginIsRefused) {
  Lanes lanes(Nesting::forbidden);
  EXPECT_EQ(lanes.take(5, 9), 0u);
  EXPECT_THROW(static_cast<void>(lanes.take(4, 9)), ContractError);
}

}  // namespace
}  // namespace fluxscope
