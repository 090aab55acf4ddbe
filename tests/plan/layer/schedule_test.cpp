#include "plan/layer/schedule.hpp"

#include <gtest/gtest.h>

#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

TEST(OneTilePerCta, IsWhatTheGridOfALaunchOfManyTilesSays) {
  // 40 rows of unequal length on 2 SMs of 3 CTAs: far more tiles than slots.
  TileRows rows;
  for (std::int32_t i = 0; i < 40; ++i) {
    rows.rows.push_back(
        {.whole = {.head = static_cast<std::uint16_t>(i), .kv_count = i + 1}, .blocks = i + 1});
  }
  DeviceSlots const slots{.sm_count = 2, .decode_ctas_per_sm = 3};
  for (Scheduler const scheduler : {Scheduler::natural, Scheduler::longest_first,
                                    Scheduler::persistent, Scheduler::balanced_split}) {
    auto const launches = schedule_rows(rows, Phase::decode, SplitRule::none, scheduler, slots);

    bool const a_cta_each =
        launches[0].grid_ctas == static_cast<std::int32_t>(launches[0].tiles.size());
    EXPECT_EQ(one_tile_per_cta(scheduler), a_cta_each) << to_text(scheduler);
  }
}

}  // namespace
}  // namespace fluxscope::plan
