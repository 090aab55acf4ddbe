#include "profiler/probe/decode.hpp"

#include <gtest/gtest.h>

#include "tests/close.hpp"
#include "tests/profiler/simulated_clock.hpp"

namespace fluxscope::profiler {
namespace {

using fluxscope::testing::close;

/// Two SMs of 0.5 ns per cycle; times in ns from the calibration's first anchor on.
class ProbeDecodeTest : public ::testing::Test {
 protected:
  ProbeDecodeTest() {
    std::vector<ClockAnchor> anchors;
    for (SimulatedSm const& sm : sms_) {
      for (ClockAnchor const& anchor : anchors_of(sm, 0, 8192, 64)) anchors.push_back(anchor);
    }
    calibration_ = fit_all_sms(anchors, 2);
  }

  kernels::WarpRecord warp(std::uint32_t sm, double in_ns, double out_ns) const {
    return {.in_globaltimer_ns = sms_[sm].timer(in_ns),
            .in_clock_cyc = sms_[sm].clock(in_ns),
            .out_globaltimer_ns = sms_[sm].timer(out_ns),
            .out_clock_cyc = sms_[sm].clock(out_ns),
            .sm = sm,
            .tiles_attempted = 1,
            .tiles_written = 1};
  }
  kernels::TileRecord tile(std::uint32_t sm, std::uint32_t cta, double begin, double end) const {
    return {sms_[sm].clock(begin), sms_[sm].clock(end), cta, sm};
  }
  LaunchTimeline decode(std::uint32_t ctas, std::uint32_t warps_per_cta,
                        bool one_tile_per_cta = true) const {
    return decode_probe({.launch_id = 9,
                         .grid_ctas = ctas,
                         .warps_per_cta = warps_per_cta,
                         .warps = warps_,
                         .tiles = tiles_,
                         .plan_tiles = plan_tiles_,
                         .one_tile_per_cta = one_tile_per_cta},
                        calibration_, 32);
  }

  std::vector<SimulatedSm> sms_ = {{.sm = 0, .clock_at_zero = 1e9},
                                   {.sm = 1, .clock_at_zero = 9e9}};
  ClockCalibration calibration_;
  std::vector<kernels::WarpRecord> warps_;
  std::vector<kernels::TileRecord> tiles_;
  std::vector<plan::Tile> plan_tiles_;
};

TEST_F(ProbeDecodeTest, ACtaLivesFromItsFirstEntryToItsLastExit) {
  warps_ = {warp(1, 3200, 6400), warp(1, 3264, 9600)};
  tiles_ = {tile(1, 0, 3300, 6000)};
  plan_tiles_ = {{.kv_count = 5}};

  auto const timeline = decode(1, 2);

  ASSERT_EQ(timeline.ctas.size(), 1u);
  EXPECT_EQ(timeline.ctas[0].t_in_ns, 3200);
  EXPECT_EQ(timeline.ctas[0].t_out_ns, 9600);
  EXPECT_EQ(timeline.ctas[0].tile, 0u);
  EXPECT_EQ(timeline.ctas[0].launch_id, 9u);
  ASSERT_EQ(timeline.warps.size(), 2u);
  EXPECT_EQ(timeline.warps[0].in_cyc, 0u);
  EXPECT_EQ(timeline.warps[1].in_cyc, 128u);  // 64 ns at 0.5 ns per cycle
  EXPECT_EQ(timeline.warps[1].out_cyc, 12800u);
  EXPECT_TRUE(timeline.work.empty()) << "one tile per CTA";
}

TEST_F(ProbeDecodeTest, BusyIsTheUnionOfOverlappingCtas) {
  warps_ = {warp(0, 0, 3200), warp(0, 1600, 4800), warp(0, 6400, 8000)};

  auto const timeline = decode(3, 1);

  ASSERT_EQ(timeline.sms.size(), 2u);
  EXPECT_EQ(timeline.sms[0].busy_ns, 4800 + 1600);
  EXPECT_EQ(timeline.sms[0].slot_busy_ns, 3200 + 3200 + 1600);
  EXPECT_EQ(timeline.sms[0].ctas, 3u);
  EXPECT_EQ(timeline.sms[0].first_in_ns, 0);
  EXPECT_EQ(timeline.sms[0].last_out_ns, 8000);
  EXPECT_EQ(timeline.sms[1].first_in_ns, traces::kMissingNs);
  EXPECT_EQ(timeline.sms[1].busy_ns, 0);
  // 6400 ns at 0.5 ns per cycle on one of two SMs.
  EXPECT_TRUE(close(timeline.busy_max_cyc, 12800, {.relative = 1e-6}));
  EXPECT_TRUE(close(timeline.busy_mean_cyc, 6400, {.relative = 1e-6}));
  EXPECT_EQ(timeline.window.first_ns, 0);
  EXPECT_EQ(timeline.window.last_ns, 8000);
}

TEST_F(ProbeDecodeTest, SeveralTilesPerCtaBecomeWork) {
  warps_ = {warp(0, 0, 32000)};
  tiles_ = {tile(0, 0, 16000, 24000), tile(0, 0, 320, 16000)};
  plan_tiles_ = {{.kv_count = 2}, {.kv_count = 4}};

  auto const timeline = decode(1, 1, false);

  ASSERT_EQ(timeline.work.size(), 2u);
  EXPECT_EQ(timeline.work[0].t_begin_ns, 16000);
  EXPECT_EQ(timeline.work[0].t_end_ns, 24000);
  EXPECT_EQ(timeline.ctas[0].tile, traces::kNoRow);
  ASSERT_EQ(timeline.tile_times.size(), 2u);
  EXPECT_EQ(timeline.tile_times[0].visited_blocks, 2);
  EXPECT_TRUE(close(timeline.tile_times[0].mean_ns, 8000, {.relative = 1e-6}));
}

TEST_F(ProbeDecodeTest, EveryMissingRecordIsCountedExactly) {
  warps_ = {warp(0, 0, 3200), {}, warp(1, 0, 3200)};  // one of four beyond capacity, one never ran
  warps_[0].tiles_attempted = 5;
  warps_[0].tiles_written = 2;

  // 4 warps expected, 2 ended: 2 dropped; 3 tiles tried in vain.
  EXPECT_EQ(decode(4, 1).dropped, 5u);
}

TEST_F(ProbeDecodeTest, AnImpossibleSmIsADropNotACrash) {
  warps_ = {warp(0, 0, 3200), warp(1, 0, 3200)};
  warps_[1].sm = 77;

  auto const timeline = decode(2, 1);

  EXPECT_EQ(timeline.ctas.size(), 1u);
  EXPECT_EQ(timeline.dropped, 1u);
}

TEST_F(ProbeDecodeTest, AnUnwrittenTileRecordHasNoDuration) {
  warps_ = {warp(0, 0, 3200)};
  tiles_ = {{}, tile(0, 0, 0, 3200)};
  plan_tiles_ = {{.kv_count = 1}, {.kv_count = 1}};

  auto const timeline = decode(1, 1);

  ASSERT_EQ(timeline.tile_times.size(), 1u);
  EXPECT_EQ(timeline.tile_times[0].count, 1u);
}

TEST_F(ProbeDecodeTest, TileTimesAreWholeNanoseconds) {
  warps_ = {warp(0, 0, 3200), warp(0, 3200, 6400)};
  tiles_ = {tile(0, 0, 100, 1100), tile(0, 1, 3300, 4305)};  // 1000 and 1005 ns
  plan_tiles_ = {{.kv_count = 8}, {.kv_count = 8}};

  auto const timeline = decode(2, 1);

  ASSERT_EQ(timeline.tile_times.size(), 1u);
  traces::TileTimeRecord const& row = timeline.tile_times[0];
  EXPECT_EQ(row.launch_id, 9u);
  EXPECT_EQ(row.count, 2u);
  EXPECT_EQ(row.min_ns, 1000);
  EXPECT_EQ(row.max_ns, 1005);
  EXPECT_TRUE(row.mean_ns == 1002 || row.mean_ns == 1003) << row.mean_ns;  // 1002.5
}

}  // namespace
}  // namespace fluxscope::profiler
