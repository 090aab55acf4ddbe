#include "sim/sm/soonest.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "base/random.hpp"
#include "sim/sm/arrival_line.hpp"

namespace fluxscope::sim {
namespace {

/// Small keys: many ties.
TEST(Soonest, GivesTheSmallestKeyAndOfEqualOnesTheLowestPlayer) {
  for (std::uint32_t const players : {1u, 2u, 3u, 16u, 17u, 33u, 264u, 500u}) {
    Random random(players);
    Soonest soonest(players);
    std::set<std::pair<std::int64_t, std::uint32_t>> expected;
    std::set<std::uint32_t> without;
    for (std::uint32_t player = 0; player < players; ++player) without.insert(player);
    for (int step = 0; step < 2000; ++step) {
      auto const key = static_cast<std::int64_t>(random.below(20));
      std::uint64_t const what = random.below(5);
      if (what < 3 && !without.empty()) {
        auto const at =
            std::next(without.begin(), static_cast<std::ptrdiff_t>(random.below(without.size())));
        soonest.set(*at, key);
        expected.emplace(key, *at);
        without.erase(at);
      } else if (what == 3 && !expected.empty()) {
        std::uint32_t const player = expected.begin()->second;
        expected.erase(expected.begin());
        expected.emplace(key, player);
        soonest.change(key);
      } else if (!expected.empty()) {
        without.insert(expected.begin()->second);
        expected.erase(expected.begin());
        soonest.take();
      }
      ASSERT_EQ(soonest.size(), expected.size());
      ASSERT_EQ(soonest.empty(), expected.empty());
      if (expected.empty()) {
        ASSERT_EQ(soonest.key(), Soonest::kNone);
      } else {
        ASSERT_EQ(std::pair(soonest.key(), soonest.player()), *expected.begin())
            << players << " players, step " << step;
      }
    }
  }
}

TEST(ArrivalLine, GivesArrivalsByTimeAndThenSlot) {
  for (std::uint32_t const slots : {1u, 2u, 5u, 264u}) {
    Random random(slots);
    ArrivalLine line(slots);
    std::set<std::pair<std::int64_t, std::uint32_t>> expected;
    std::int64_t now = 0;
    std::uint32_t next_slot = 0;
    for (int step = 0; step < 3000; ++step) {
      if (expected.size() < slots && random.below(2) == 0) {
        now += static_cast<std::int64_t>(random.below(3));
        // One of three delays, as the start of a CTA and the two fixed times of a tile give.
        auto const time = now + static_cast<std::int64_t>(random.below(3)) * 7;
        line.add({time, next_slot, 0.5 * next_slot});
        expected.emplace(time, next_slot);
        next_slot = (next_slot + 1) % (1u << 20);
      } else if (!expected.empty()) {
        auto const [time, slot, blocks] = line.first();
        ASSERT_EQ(std::pair(time, slot), *expected.begin());
        ASSERT_EQ(blocks, 0.5 * slot);
        now = std::max(now, time);
        line.take();
        expected.erase(expected.begin());
      }
      ASSERT_EQ(line.empty(), expected.empty());
    }
  }
}

}  // namespace
}  // namespace fluxscope::sim
