#include "base/schedule/list_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"
#include "tests/base/schedule/brute_force_makespan.hpp"

namespace fluxscope {
namespace {

using testing::brute_force_makespan;
using Durations = std::vector<std::int64_t>;

Durations random_durations(Random& random, std::size_t count, std::uint64_t most) {
  Durations durations(count);
  for (auto& duration : durations) duration = static_cast<std::int64_t>(random.below(most + 1));
  return durations;
}

TEST(ListSchedule, EachJobTakesTheSlotThatIsFreeFirst) {
  // 3 slots: 5, 2, 4 begin at 0; 3 goes to slot 1 at 2; 1 to slot 2 at 4 (slots 1 and 0 free at 5).
  Durations const durations{5, 2, 4, 3, 1};

  auto const schedule = list_schedule(durations, 3);

  EXPECT_EQ(schedule.jobs[3].slot, 1u);
  EXPECT_EQ(schedule.jobs[3].begin, 2);
  EXPECT_EQ(schedule.jobs[4].slot, 2u);
  EXPECT_EQ(schedule.jobs[4].end, 5);
  EXPECT_EQ(schedule.makespan, 5);
}

TEST(ListSchedule, JobsOfOneSlotFollowEachOther) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    auto const durations = random_durations(random, 1 + random.below(60), 30);
    auto const slots = static_cast<std::uint32_t>(1 + random.below(9));
    auto const schedule = list_schedule(durations, slots);
    Durations free_at(slots, 0);
    for (std::size_t i = 0; i < durations.size(); ++i) {
      ScheduledJob const& job = schedule.jobs[i];
      EXPECT_EQ(job.begin, free_at[job.slot]);
      EXPECT_EQ(job.begin, *std::min_element(free_at.begin(), free_at.end()));
      EXPECT_EQ(job.end - job.begin, durations[i]);
      free_at[job.slot] = job.end;
    }
    EXPECT_EQ(schedule.makespan, *std::max_element(free_at.begin(), free_at.end()));
  }
}

TEST(ListSchedule, EveryOrderLiesBetweenGrahamsBounds) {
  Random random(11);
  for (int round = 0; round < 500; ++round) {
    auto const durations = random_durations(random, 1 + random.below(80), 1000);
    auto const slots = static_cast<std::uint32_t>(1 + random.below(20));
    auto const sum = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
    auto const longest = *std::max_element(durations.begin(), durations.end());

    auto const makespan = list_schedule(durations, slots).makespan;

    EXPECT_GE(makespan, longest);
    EXPECT_GE(makespan * slots, sum);
    EXPECT_LE(makespan * slots, sum + longest * slots);
  }
}

TEST(ListSchedule, LongestFirstIsWithinFourThirdsOfTheOptimum) {
  Random random(13);
  for (int round = 0; round < 150; ++round) {
    auto const durations = random_durations(random, 1 + random.below(9), 20);
    auto const slots = static_cast<std::uint32_t>(1 + random.below(3));
    Durations ordered;
    for (std::uint32_t const i : longest_first_order(durations)) ordered.push_back(durations[i]);

    auto const makespan = list_schedule(ordered, slots).makespan;

    EXPECT_LE(3 * makespan, 4 * brute_force_makespan(durations, slots));
  }
}

TEST(ListSchedule, GrahamsWorstCaseReachesTheFourThirdsBound) {
  // m = 2: jobs 3 3 2 2 2. Optimum 3+3 | 2+2+2 = 6; longest first 3+2+2 | 3+2 = 7 = (4/3 - 1/6) 6.
  Durations const durations{3, 3, 2, 2, 2};

  EXPECT_EQ(brute_force_makespan(durations, 2), 6);
  EXPECT_EQ(list_schedule(durations, 2).makespan, 7);
}

TEST(ListSchedule, LongestFirstKeepsTheOrderOfEqualJobs) {
  EXPECT_THAT(longest_first_order(Durations{2, 5, 2, 5, 9}),
              ::testing::ElementsAre(4u, 1u, 3u, 0u, 2u));
}

TEST(ListSchedule, NoJobsEndAtOnce) { EXPECT_EQ(list_schedule({}, 4).makespan, 0); }

TEST(ListSchedule, RefusesNoSlotAndNegativeDurations) {
  EXPECT_THROW((void)list_schedule(Durations{1}, 0), ContractError);
  EXPECT_THROW((void)list_schedule(Durations{-1}, 1), ContractError);
}

}  // namespace
}  // namespace fluxscope
