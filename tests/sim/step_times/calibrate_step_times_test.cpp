#include "sim/step_times/calibrate_step_times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "sim/step_times/product_tiles.hpp"
#include "tests/close.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/sim/step/small_tables.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using fluxscope::testing::refusal;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

DeviceSpec a100() {
  return load_device_spec(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/gpus/specs/a100.toml");
}

/// A GPU whose products take 5 us and whole waves of 256 x 128 tiles at 85 % of the peak: 108 SMs
/// hold 512 rows of n = 6144 in one wave (2 x 48 tiles), and the 513th begins the second.
double planted_ns(plan::GemmShape const& shape) {
  auto const tiles = ((shape.m + 255) / 256) * ((shape.n + 127) / 128);
  auto const waves = static_cast<double>((tiles + 107) / 108);
  double const wave_flop = 108.0 * 2 * 256 * 128 * static_cast<double>(shape.k);
  return 5000 + waves * wave_flop / (0.85 * 312e12) * 1e9;
}

StepTimedRow product(std::int64_t m, std::int64_t n = 6144, std::int64_t k = 4096) {
  plan::GemmShape const shape{.m = m, .n = n, .k = k};
  return {.table = StepTable::gemm, .gemm = shape, .time_ns = planted_ns(shape), .line = 2 + m};
}

StepTimes products(std::vector<std::int64_t> const& widths = {6144}) {
  StepTimes times{.paths = {"planted.csv"}};
  for (std::int64_t const n : widths) {
    for (std::int64_t m = 256; m <= 4096; m += 32) times.rows.push_back(product(m, n));
  }
  return times;
}

HeldOutSet set_of(StepCalibration const& calibration, std::string const& by, double over_ns = 0) {
  for (HeldOutSet const& set : calibration.held_out) {
    if (set.by == by && set.over_ns == over_ns) return set;
  }
  ADD_FAILURE() << "no set held out by " << by;
  return {};
}

TEST(CalibrateStepTimes, TheTileIsReadOffTheEdgesOfWaves) {
  std::vector<GemmPoint> column;
  for (StepTimedRow const& row : products().rows) {
    column.push_back({.shape = row.gemm, .time_ns = row.time_ns});
  }
  int found = 0;
  for (GemmPoint const& one : with_tiles(column, gemm_rates(a100()))) {
    found += one.tile_m == 256 && one.tile_n == 128 && one.splits == 1;
  }
  EXPECT_GE(found, 0.9 * static_cast<double>(column.size()));
}

TEST(CalibrateStepTimes, TheSawtoothOfWavesIsPredictedWhereItWasNotMeasured) {
  auto const calibration = calibrate_step_times(products(), a100(), {});
  EXPECT_LE(calibration.tables.gemm.points().size(), 24u);
  HeldOutSet const tokens = set_of(calibration, "tokens");
  EXPECT_EQ(tokens.cases, 121);
  EXPECT_LT(tokens.mape_ratio, 0.02);
  // 1536 rows are 6 x 48 tiles, 3 waves; the 1537th begins a fourth, which 2304 rows fill. No m
  // below was measured.
  auto const rate = [&](std::int64_t m) {
    plan::GemmShape const shape{.m = m, .n = 6144, .k = 4096};
    return static_cast<double>(plan::gemm_flop(shape)) /
           calibration.tables.gemm.time(shape).time_ns;
  };
  auto const planted_rate = [&](std::int64_t m) {
    plan::GemmShape const shape{.m = m, .n = 6144, .k = 4096};
    return static_cast<double>(plan::gemm_flop(shape)) / planted_ns(shape);
  };
  for (std::int64_t const m : {1150, 1530, 1545, 2290, 2310}) {
    EXPECT_TRUE(close(rate(m), planted_rate(m), {.relative = 0.03})) << m;
  }
  EXPECT_LT(rate(1545), 0.8 * rate(1530));
  EXPECT_GT(rate(2290), 1.4 * rate(1545));
}

TEST(CalibrateStepTimes, WeightsWithoutPointsAreHeldOutAsWhole) {
  auto const calibration = calibrate_step_times(products({4096, 6144, 8192}), a100(), {});
  HeldOutSet const weights = set_of(calibration, "weights");
  EXPECT_EQ(weights.cases, 3 * 121);
  EXPECT_LT(weights.mape_ratio, 0.05);
  EXPECT_TRUE(calibration.tables.held_out.contains("gemm_other_weights"));
  // One width has no other to be predicted by.
  auto const alone = calibrate_step_times(products(), a100(), {});
  EXPECT_FALSE(alone.tables.held_out.contains("gemm_other_weights"));
}

StepTimes sizes(double noise_ratio) {
  StepTimes times{.paths = {"rows.csv"}};
  Random random(3);
  for (std::int64_t i = 1; i <= 400; ++i) {
    std::int64_t const bytes = 100'000 * i;
    double const ns =
        (3000 + static_cast<double>(bytes) / 1500) * (1 + noise_ratio * (2 * random.unit() - 1));
    times.rows.push_back({.table = StepTable::rows,
                          .op = plan::LaunchOp::rms_norm,
                          .bytes = bytes,
                          .time_ns = ns,
                          .line = 1 + i});
  }
  return times;
}

TEST(CalibrateStepTimes, ManySizesBecomeAFewAndTheOthersAreWithinTheirNoise) {
  auto const calibration = calibrate_step_times(sizes(0.04), a100(), {});
  RateCurve const& curve = calibration.tables.rows.at(plan::LaunchOp::rms_norm);
  EXPECT_LE(curve.points().size(), 12u);
  HeldOutSet const set = set_of(calibration, "bytes");
  EXPECT_EQ(set.cases, 400);
  EXPECT_LT(set.mape_ratio, 0.04);
  EXPECT_GT(set.coverage_ratio, 0.85);
  EXPECT_TRUE(close(curve.time(20'000'000).time_ns, 3000 + 2e7 / 1500, {.relative = 0.04}));
  LeftOut const interval = calibration.tables.held_out.at("rows");
  EXPECT_LT(interval.low_ratio, 1);
  EXPECT_GT(interval.high_ratio, 1);
}

TEST(CalibrateStepTimes, TooFewSizesAreNamed) {
  StepTimes times = products();
  times.rows.push_back(product(64, 512));
  EXPECT_THAT(refusal([&] { (void)calibrate_step_times(times, a100(), {}); }),
              AllOf(HasSubstr("planted.csv:66: one size of these weights"),
                    HasSubstr("product 64 x 512 x 4096"), HasSubstr("add others")));
}

TEST(CalibrateStepTimes, TimesOfAnotherUnitAreNamed) {
  StepTimes fast = products();
  for (StepTimedRow& row : fast.rows) row.time_ns /= 1000;
  EXPECT_THAT(refusal([&] { (void)calibrate_step_times(fast, a100(), {}); }),
              AllOf(HasSubstr("planted.csv:258: "), HasSubstr("another unit")));
  StepTimes slow = products();
  for (StepTimedRow& row : slow.rows) row.time_ns *= 1000;
  EXPECT_THAT(refusal([&] { (void)calibrate_step_times(slow, a100(), {}); }),
              AllOf(HasSubstr("even this row"), HasSubstr("another unit")));
  StepTimes memory = sizes(0);
  for (StepTimedRow& row : memory.rows) row.time_ns /= 1000;
  EXPECT_THAT(refusal([&] { (void)calibrate_step_times(memory, a100(), {}); }),
              HasSubstr("another unit"));
}

TEST(CalibrateStepTimes, AProfileKeepsWhatTheTablesDoNotHave) {
  DeviceProfile base = testing::h200_like();
  base.step = testing::small_tables(base.spec);
  auto calibration = calibrate_step_times(sizes(0), base.spec, {});

  DeviceProfile const with = with_step_tables(base, calibration);

  EXPECT_EQ(with.step.gemm.points().size(), base.step.gemm.points().size());
  EXPECT_EQ(with.step.launch, base.step.launch);
  EXPECT_EQ(with.step.rows.size(), base.step.rows.size());
  EXPECT_GT(with.step.rows.at(plan::LaunchOp::rms_norm).points().size(), 3u);
  EXPECT_EQ(with.step.made_from, "rows.csv");
  base.step.made_from = "gemm.csv, rows.csv, reduce.csv";
  EXPECT_EQ(with_step_tables(base, calibration).step.made_from, base.step.made_from);
  // Again: nothing is there twice. And the file says it all.
  DeviceProfile const again = with_step_tables(with, calibration);
  std::string const text = device_profile_text(again);
  EXPECT_EQ(text, device_profile_text(with));
  DeviceProfile const read = parse_device_profile(text, "gpu.toml");
  EXPECT_EQ(device_profile_text(read), text);
  ASSERT_EQ(read.held_out.size(), calibration.held_out.size());
  EXPECT_EQ(read.held_out[0].table, "rows");
  EXPECT_EQ(read.held_out[0].cases, 400);
  EXPECT_TRUE(close(read.step.held_out.at("rows").low_ratio,
                    calibration.tables.held_out.at("rows").low_ratio, {.absolute = 1e-4}));
}

TEST(CalibrateStepTimes, WhatAProfileLacksIsBorrowedAndSaidToBe) {
  DeviceProfile const from = [] {
    DeviceProfile profile = testing::h200_like();
    profile.step = testing::small_tables(profile.spec);
    return profile;
  }();
  DeviceProfile to = testing::h200_like();
  to.spec.name = "slow";
  to.spec.hbm_bytes_per_s /= 2;
  to.spec.sm_clock_max_hz /= 2;
  to = with_step_tables(to, calibrate_step_times(sizes(0), to.spec, {}));

  DeviceProfile const with = with_borrowed_steps(to, from);

  using enum plan::LaunchOp;
  EXPECT_EQ(with.step.transferred_from, from.spec.name);
  EXPECT_THAT(with.step.transferred,
              UnorderedElementsAre("gemm", "launch", "embedding", "rope_append", "silu_mul",
                                   "greedy_token"));
  EXPECT_EQ(with.step.rows.at(rms_norm).points().size(), to.step.rows.at(rms_norm).points().size());
  // The least time by the clock, the rest by the memory: both half as fast here.
  EXPECT_TRUE(close(with.step.rows.at(embedding).time(1024).time_ns, 2 * 1100, {.relative = 1e-9}));
  EXPECT_TRUE(close(with.step.launch->graph_gap_ns, 2 * 300, {.relative = 1e-9}));
  EXPECT_EQ(with.step.launch->host_ns, from.step.launch->host_ns);
  // What is measured afterwards is no longer borrowed, and the file keeps the rest.
  DeviceProfile const read = parse_device_profile(device_profile_text(with), "gpu.toml");
  EXPECT_EQ(read.step.transferred, with.step.transferred);
  StepTimes gemm = products();
  for (StepTimedRow& row : gemm.rows) row.time_ns *= 2;
  DeviceProfile const measured = with_step_tables(read, calibrate_step_times(gemm, read.spec, {}));
  EXPECT_FALSE(measured.step.transferred.contains("gemm"));
  EXPECT_TRUE(measured.step.transferred.contains("launch"));
  EXPECT_THAT(refusal([&] { (void)with_borrowed_steps(to, testing::h200_like()); }),
              HasSubstr("has no tables of steps"));
}

}  // namespace
}  // namespace fluxscope::sim
