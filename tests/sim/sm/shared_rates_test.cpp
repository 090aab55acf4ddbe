#include "sim/sm/shared_rates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/close.hpp"
#include "tests/sim/work_lists.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using plan::Scheduler;
using testing::model;
using testing::random_blocks;
using testing::work_list;

/// The same model by small steps of time: each CTA's remaining blocks shrink at the rate that its
/// domain has in that step. Natural order, no dispatch time.
class SteppedRun {
 public:
  SteppedRun(std::vector<std::int32_t> blocks, LaunchModel device, double step_ns)
      : blocks_(std::move(blocks)), device_(device), step_ns_(step_ns) {
    auto const slots = static_cast<std::size_t>(device.sm_count * device.ctas_per_sm);
    slots_.resize(std::min(slots, blocks_.size()));
  }

  double makespan_ns() {
    double now = 0;
    double last = 0;
    while (advance(now, last)) now += step_ns_;
    return last;
  }

 private:
  struct Slot {
    bool busy = false;
    double latency_ns = 0;
    double blocks = 0;
  };

  std::size_t domain(std::size_t slot) const {
    return device_.limit == plan::OpLimit::device_memory
               ? 0
               : slot % static_cast<std::size_t>(device_.sm_count);
  }

  bool advance(double now, double& last) {
    std::vector<int> sharing(slots_.size() + static_cast<std::size_t>(device_.sm_count), 0);
    bool any = false;
    for (Slot& slot : slots_) {
      if (slot.busy && slot.latency_ns <= 0 && slot.blocks <= 1e-12) {
        slot.busy = false;
        last = now;
      }
      if (!slot.busy && next_ < blocks_.size()) {
        slot = {true, device_.cost.cta_start_ns + device_.cost.tile_ns,
                static_cast<double>(blocks_[next_++])};
      }
      any |= slot.busy;
    }
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].busy && slots_[i].latency_ns <= 0) ++sharing[domain(i)];
    }
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = slots_[i];
      if (!slot.busy) continue;
      if (slot.latency_ns > 0) {
        slot.latency_ns -= step_ns_;
      } else {
        slot.blocks -= step_ns_ / std::max(device_.cost.block_ns,
                                           sharing[domain(i)] * device_.cost.shared_block_ns);
      }
    }
    return any;
  }

  std::vector<std::int32_t> blocks_;
  LaunchModel device_;
  double step_ns_;
  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

TEST(SharedRates, TwoCtasOfOneSmShareItsRate) {
  // Alone 10 ns a block, together 2 x 8 = 16: the short tile (5 blocks) ends at 80 ns, the long one
  // has 5 of its 10 left and ends 50 ns later.
  auto const times = simulate_launch(
      work_list({10, 5}), model(1, 2, {.block_ns = 10, .shared_block_ns = 8}), Detail::spans);

  EXPECT_EQ(times.tiles[1].end_ps, 80'000);
  EXPECT_EQ(times.tiles[0].end_ps, 130'000);
}

TEST(SharedRates, ACtaAloneIsHeldByItsOwnCap) {
  auto const device =
      model(132, 2, {.block_ns = 1000, .shared_block_ns = 10}, plan::OpLimit::device_memory);

  EXPECT_EQ(simulate_launch(work_list({50}), device, Detail::makespan).makespan_ps, 50'000'000);
}

TEST(SharedRates, SaturatedMemoryMovesAllBlocksAtItsFullRate) {
  // 264 CTAs of which 10 saturate: no rate is lost while more than 10 share, so the launch lasts
  // all blocks x 100 ns, and at the end at most one tile's time at the cap more.
  auto const blocks = random_blocks(5, 1000, 40);
  std::int64_t const sum = std::accumulate(blocks.begin(), blocks.end(), std::int64_t{0});
  auto const device =
      model(132, 2, {.block_ns = 1000, .shared_block_ns = 100}, plan::OpLimit::device_memory);

  auto const time = simulate_launch(work_list(blocks), device, Detail::makespan).makespan_ps;

  EXPECT_GE(time + 1000, sum * 100'000);
  EXPECT_LE(time, sum * 100'000 + 40 * 1'000'000);
}

TEST(SharedRates, BandwidthIsConserved) {
  // The blocks that the spans imply: between any two finishes every sharing CTA moved at the same
  // rate, so integrating 1 / max(cap, k x shared) over each tile's span returns its blocks.
  KernelCost const cost{.block_ns = 50, .shared_block_ns = 9};
  auto const blocks = random_blocks(11, 60, 30);
  auto const times = simulate_launch(
      work_list(blocks), model(4, 4, cost, plan::OpLimit::device_memory), Detail::spans);

  std::vector<std::int64_t> edges;
  for (TileSpan const& span : times.tiles) {
    edges.push_back(span.begin_ps);
    edges.push_back(span.end_ps);
  }
  std::sort(edges.begin(), edges.end());
  std::vector<double> moved(blocks.size(), 0);
  for (std::size_t e = 0; e + 1 < edges.size(); ++e) {
    if (edges[e] == edges[e + 1]) continue;
    std::vector<std::size_t> sharing;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (times.tiles[i].begin_ps <= edges[e] && times.tiles[i].end_ps >= edges[e + 1]) {
        sharing.push_back(i);
      }
    }
    double const per_block_ns =
        std::max(cost.block_ns, static_cast<double>(sharing.size()) * cost.shared_block_ns);
    for (std::size_t const i : sharing) {
      moved[i] += static_cast<double>(edges[e + 1] - edges[e]) / 1e3 / per_block_ns;
    }
  }

  for (std::size_t i = 0; i < blocks.size(); ++i) {
    // A picosecond of rounding per event, at 50 ns a block.
    EXPECT_TRUE(close(moved[i], blocks[i], {.absolute = 1e-2})) << "tile " << i;
  }
}

TEST(SharedRates, AgreesWithSmallTimeSteps) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    for (plan::OpLimit const limit : {plan::OpLimit::sm_compute, plan::OpLimit::device_memory}) {
      auto const blocks = random_blocks(seed, 30, 12);
      KernelCost const cost{
          .cta_start_ns = 20, .tile_ns = 15, .block_ns = 30, .shared_block_ns = 11};
      LaunchModel const device = model(3, 3, cost, limit);

      auto const time = simulate_launch(work_list(blocks), device, Detail::makespan).makespan_ps;
      double const want = SteppedRun(blocks, device, 0.05).makespan_ns();

      // A step per event of a slot: at most 30 tiles x 2 events x 0.05 ns, and one in 1000.
      EXPECT_TRUE(close(static_cast<double>(time) / 1e3, want, {.absolute = 3, .relative = 1e-3}))
          << "seed " << seed << " limit " << static_cast<int>(limit);
    }
  }
}

TEST(SharedRates, EqualsTheListScheduleWhereNobodySlowsAnother) {
  for (Scheduler const scheduler :
       {Scheduler::natural, Scheduler::persistent, Scheduler::balanced_split}) {
    auto const list = work_list(random_blocks(2, 77, 25), scheduler, 10);
    auto const device = model(5, 2, {.cta_start_ns = 13, .tile_ns = 4, .block_ns = 10});

    EXPECT_EQ(simulate_launch_by(Method::list, list, device, Detail::makespan).makespan_ps,
              simulate_launch_by(Method::shared_rates, list, device, Detail::makespan).makespan_ps)
        << static_cast<int>(scheduler);
  }
}

TEST(SharedRates, RepeatsBitForBit) {
  auto const list = work_list(random_blocks(9, 5000, 64));
  auto const device = model(132, 2,
                            {.cta_dispatch_ns = 3,
                             .cta_start_ns = 700,
                             .tile_ns = 300,
                             .block_ns = 812.37,
                             .shared_block_ns = 15.113},
                            plan::OpLimit::device_memory);

  auto const first = simulate_launch(list, device, Detail::spans);
  auto const second = simulate_launch(list, device, Detail::spans);

  EXPECT_EQ(first.makespan_ps, simulate_launch(list, device, Detail::makespan).makespan_ps);
  for (std::size_t i = 0; i < list.tiles.size(); ++i) {
    ASSERT_EQ(first.tiles[i].end_ps, second.tiles[i].end_ps);
    ASSERT_EQ(first.ctas[i].slot, second.ctas[i].slot);
  }
}

}  // namespace
}  // namespace fluxscope::sim
