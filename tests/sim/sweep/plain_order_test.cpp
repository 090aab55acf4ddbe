#include "sim/sweep/plain_order.hpp"

#include <gtest/gtest.h>

#include "plan/layer/names.hpp"
#include "sim/device/layer_times.hpp"
#include "tests/sim/experiments.hpp"
#include "tests/sim/profiles.hpp"

namespace fluxscope::sim {
namespace {

using plan::Execution;
using plan::Phase;
using plan::Scheduler;

/// 3 of 8 KV heads full, bit h of `places` for head h, in every request.
plan::LayerPlan layer(Phase phase, Execution execution, Scheduler scheduler, unsigned places) {
  bool const prefill = phase == Phase::prefill;
  auto one =
      testing::layer_case(phase, prefill ? 1 : 2, prefill ? 4096 : 30000, 3, execution, scheduler);
  for (std::size_t i = 0; i < one.plan.selections.size(); ++i) {
    bool const full = (places >> (i % 32 / 4) & 1u) != 0;
    one.plan.selections[i] = full ? plan::Selection{} : one.sparse;
  }
  return one.plan;
}

struct Outcome {
  std::int64_t time_ps = 0;
  std::int64_t selected_blocks = 0;
  std::int64_t held_blocks = 0;

  friend bool operator==(Outcome const&, Outcome const&) = default;
};

Outcome outcome(plan::LayerPlan const& plan) {
  DeviceProfile gpu = testing::h200_like();
  gpu.spec.l2_bytes = 8 << 20;  // several KV sections
  auto const work = plan::make_layer_work(plan, gpu.slots());
  return {simulate_layer(work, gpu, 128, Detail::makespan).time_ps, work.selected_blocks,
          work.kv.held_blocks};
}

constexpr unsigned kFirst = 0b00000111;
constexpr unsigned kPlaces[] = {0b11100000, 0b10010010};
constexpr Scheduler kSchedulers[] = {Scheduler::natural, Scheduler::longest_first,
                                     Scheduler::persistent, Scheduler::balanced_split};

TEST(PlainOrder, ChangesNoTimeWherePlacesDoNotMatter) {
  int checked = 0;
  for (Phase const phase : {Phase::prefill, Phase::decode}) {
    for (Execution const execution : {Execution::masked, Execution::two_pool, Execution::gather}) {
      for (Scheduler const scheduler : kSchedulers) {
        auto const plain = layer(phase, execution, scheduler, kFirst);
        if (!head_places_do_not_matter(plain)) continue;
        Outcome const expected = outcome(plain);
        for (unsigned const places : kPlaces) {
          auto const scattered = layer(phase, execution, scheduler, places);
          EXPECT_EQ(outcome(scattered), expected)
              << plan::to_text(phase) << ' ' << plan::to_text(execution) << ' '
              << plan::to_text(scheduler) << ' ' << places;
          EXPECT_EQ(in_plain_order(scattered).selections, plain.selections);
          ++checked;
        }
      }
    }
  }
  // masked 4 + 4 schedulers; two_pool and gather 2 in prefill and 4 in decode each.
  EXPECT_EQ(checked, 2 * (8 + 2 * 6));
}

TEST(PlainOrder, LeavesLaunchesWhoseTimesFollowFromThePlaces) {
  for (Execution const execution : {Execution::fused, Execution::balanced}) {
    for (Scheduler const scheduler : kSchedulers) {
      auto const scattered = layer(Phase::decode, execution, scheduler, kPlaces[0]);
      EXPECT_EQ(in_plain_order(scattered).selections, scattered.selections);
    }
  }
  auto const sections = layer(Phase::prefill, Execution::two_pool, Scheduler::persistent, 0b10101);
  EXPECT_EQ(in_plain_order(sections).selections, sections.selections);
  // Long tiles at the end of a natural order are a tail that long tiles at its begin are not.
  auto const at = [](unsigned places) {
    return outcome(layer(Phase::prefill, Execution::fused, Scheduler::natural, places)).time_ps;
  };
  EXPECT_GT(at(kPlaces[0]), at(kFirst));
}

}  // namespace
}  // namespace fluxscope::sim
