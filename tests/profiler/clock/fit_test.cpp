#include "profiler/clock/fit.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "profiler/clock/calibration.hpp"
#include "tests/close.hpp"
#include "tests/profiler/simulated_clock.hpp"

namespace fluxscope::profiler {
namespace {

using fluxscope::testing::close;

class TickSizes : public ::testing::TestWithParam<double> {};

TEST_P(TickSizes, TheFitFindsTheRateAndLeavesOneTickOfUniformNoise) {
  SimulatedSm const sm{.ns_per_cyc = 0.5051, .clock_at_zero = 3.5e9, .tick_ns = GetParam()};

  ClockFit const fit = fit_clock(anchors_of(sm, 1000, 8000, 256));

  // 256 readings, each below the truth by a uniform share of a tick, over 2 ms: the slope is off by
  // about tick / sqrt(12 * 256) / 0.6 ms; the residual is tick / sqrt(12).
  EXPECT_TRUE(close(fit.slope_ns_per_cyc, 0.5051, {.relative = GetParam() * 1e-6}));
  EXPECT_TRUE(close(fit.rms_ns, GetParam() / std::sqrt(12.0), {.relative = 0.15}));
  EXPECT_EQ(fit.anchors, 256u);
}

INSTANTIATE_TEST_SUITE_P(HopperAndAmpere, TickSizes, ::testing::Values(32.0, 1024.0));

TEST(ClockFit, TimesOfTwoSmsAgreeThoughTheirCountersDiffer) {
  SimulatedSm const a{.sm = 0, .ns_per_cyc = 0.5, .clock_at_zero = 1e9, .tick_ns = 1024};
  SimulatedSm const b{.sm = 1, .ns_per_cyc = 0.50003, .clock_at_zero = 4e12, .tick_ns = 1024};
  ClockFit const fit_a = fit_clock(anchors_of(a, 0, 8000, 256));
  ClockFit const fit_b = fit_clock(anchors_of(b, 300, 8000, 256));

  double const at_a = fit_a.at(a.clock(900e3), a.base_ns);
  double const at_b = fit_b.at(b.clock(900e3), b.base_ns);

  EXPECT_TRUE(close(at_a, at_b, {.absolute = 60})) << "3 sigma of 1024 / sqrt(12 * 256) ns";
}

TEST(ClockFit, OneAnchorGivesAnOffsetAndNoRate) {
  ClockAnchor const anchor{1000, 500, 0, 0};

  EXPECT_TRUE(std::isnan(fit_clock({&anchor, 1}).slope_ns_per_cyc));
  EXPECT_DOUBLE_EQ(fit_offset({&anchor, 1}, 0.5).at(700, 1000), 100);
}

TEST(ClockFit, NoAnchorsAreABrokenContract) { EXPECT_THROW((void)fit_clock({}), ContractError); }

TEST(CommonSlope, ManySmsWithTwoAnchorsEachGiveTheRateThatOneCannot) {
  // 108 SMs, a kernel of 20 us, 8 anchors each: one SM alone knows its rate to a few per cent.
  std::vector<std::vector<ClockAnchor>> groups;
  std::vector<double> rates;
  for (std::uint32_t sm = 0; sm < 108; ++sm) {
    SimulatedSm const clock{
        .sm = sm, .ns_per_cyc = 0.7092, .clock_at_zero = 1e9 * sm, .tick_ns = 1024};
    groups.push_back(anchors_of(clock, 37.0 * sm, 20e3 / 7, 8));
    rates.push_back(1);
  }

  EXPECT_TRUE(close(fit_common_slope(groups, rates), 0.7092, {.relative = 0.005}));
}

TEST(CommonSlope, RelativeRatesOfTheSmsAreTakenOut) {
  std::vector<std::vector<ClockAnchor>> groups;
  std::vector<double> const rates = {0.99, 1.01};
  for (std::uint32_t sm = 0; sm < 2; ++sm) {
    groups.push_back(anchors_of({.sm = sm, .ns_per_cyc = 0.5 * rates[sm]}, 0, 5000, 200));
  }

  EXPECT_TRUE(close(fit_common_slope(groups, rates), 0.5, {.relative = 1e-4}));
}

TEST(TimerTick, IsTheMedianStepOfDistinctReadings) {
  std::uint64_t const readings[] = {0, 32, 32, 64, 160, 192, 224};

  EXPECT_DOUBLE_EQ(timer_tick_ns(readings), 32);
  EXPECT_TRUE(std::isnan(timer_tick_ns({readings, 1})));
}

TEST(SmallestStep, IsTheReadFloor) {
  std::uint64_t const readings[] = {100, 102, 400, 403};

  EXPECT_DOUBLE_EQ(smallest_step(readings), 2);
}

TEST(Calibration, AnchorsAreGroupedBySmAndAnUnseenSmHasNoRow) {
  std::vector<ClockAnchor> anchors;
  for (std::uint32_t const sm : {2u, 0u}) {
    for (ClockAnchor const& anchor : anchors_of({.sm = sm}, 500.0 * sm, 8000, 16)) {
      anchors.push_back(anchor);
    }
  }

  ClockCalibration const calibration = fit_all_sms(anchors, 3);

  ASSERT_EQ(calibration.records().size(), 2u);
  EXPECT_EQ(calibration.records()[1].sm, 2u);
  EXPECT_TRUE(close(calibration.relative_rates()[2], 1.0, {.absolute = 1e-3}));
  EXPECT_DOUBLE_EQ(calibration.relative_rates()[1], 1.0);
}

}  // namespace
}  // namespace fluxscope::profiler
