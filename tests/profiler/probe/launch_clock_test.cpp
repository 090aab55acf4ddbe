#include "profiler/probe/launch_clock.hpp"

#include <gtest/gtest.h>

#include "tests/close.hpp"
#include "tests/profiler/simulated_clock.hpp"

namespace fluxscope::profiler {
namespace {

using fluxscope::testing::close;

kernels::WarpRecord warp_of(SimulatedSm const& sm, double in_ns, double out_ns) {
  return {.in_globaltimer_ns = sm.timer(in_ns),
          .in_clock_cyc = sm.clock(in_ns),
          .out_globaltimer_ns = sm.timer(out_ns),
          .out_clock_cyc = sm.clock(out_ns),
          .sm = sm.sm};
}

/// A calibration at another clock rate than the launch has: only relative rates may be used.
ClockCalibration calibration_of(std::vector<SimulatedSm> const& sms) {
  std::vector<ClockAnchor> anchors;
  for (SimulatedSm sm : sms) {
    sm.ns_per_cyc *= 0.8;
    for (ClockAnchor const& anchor : anchors_of(sm, 0, 8000, 256)) anchors.push_back(anchor);
  }
  return fit_all_sms(anchors, static_cast<int>(sms.size()));
}

TEST(LaunchClock, AFineTimerDatesWarpsWithinOneTickWhateverTheClockDoes) {
  SimulatedSm const slow{.sm = 0, .ns_per_cyc = 0.7, .clock_at_zero = 1e9};
  SimulatedSm const fast{.sm = 1, .ns_per_cyc = 0.5, .clock_at_zero = 5e9};
  std::vector<kernels::WarpRecord> const warps = {warp_of(slow, 3e6, 3.05e6),
                                                  warp_of(fast, 3.01e6, 3.2e6)};

  LaunchClock const clock(warps, calibration_of({slow, fast}), 32);

  EXPECT_TRUE(clock.fine());
  EXPECT_TRUE(close(static_cast<double>(clock.entry_ns(warps[1]) - clock.entry_ns(warps[0])), 10e3,
                    {.absolute = 32}));
  EXPECT_TRUE(close(clock.uncertainty_ns(0), 32 / std::sqrt(12.0), {.relative = 1e-9}));
}

TEST(LaunchClock, AMomentInsideIsInterpolatedBetweenTheWarpsOwnReadings) {
  SimulatedSm const sm{.ns_per_cyc = 0.6, .clock_at_zero = 7e9};
  std::vector<kernels::WarpRecord> const warps = {warp_of(sm, 1e6, 2e6)};
  LaunchClock const clock(warps, calibration_of({sm}), 32);

  std::int64_t const inside = clock.inside_ns(warps[0], sm.clock(1.25e6));

  EXPECT_TRUE(
      close(static_cast<double>(inside - clock.entry_ns(warps[0])), 250e3, {.absolute = 64}));
}

TEST(LaunchClock, ACoarseTimerIsSharpenedByTheAnchorsOfTheWholeLaunch) {
  // 40 SMs, 1024 ns steps, 16 warps each that live 30 us: single readings are off by up to 1 us.
  std::vector<SimulatedSm> sms;
  std::vector<kernels::WarpRecord> warps;
  for (std::uint32_t i = 0; i < 40; ++i) {
    sms.push_back({.sm = i, .ns_per_cyc = 0.7092, .clock_at_zero = 3e8 * i, .tick_ns = 1024});
    for (int w = 0; w < 16; ++w) {
      double const in = 2e6 + 1900.0 * w + 61.0 * i;
      warps.push_back(warp_of(sms.back(), in, in + 30e3));
    }
  }

  LaunchClock const clock(warps, calibration_of(sms), 1024);

  EXPECT_FALSE(clock.fine());
  EXPECT_TRUE(close(clock.slope_ns_per_cyc(), 0.7092, {.relative = 0.003}));
  for (std::uint32_t i = 1; i < 40; ++i) {
    auto const apart =
        static_cast<double>(clock.entry_ns(warps[16 * i]) - clock.entry_ns(warps[0]));
    double const u = std::hypot(clock.uncertainty_ns(i), clock.uncertainty_ns(0));
    EXPECT_TRUE(close(apart, 61.0 * i, {.absolute = 3 * u})) << "SM " << i;
    EXPECT_LT(clock.uncertainty_ns(i), 100) << "32 readings on at least 16 distinct ticks";
  }
}

TEST(LaunchClock, WarpsThatNeverEndedGiveNoAnchor) {
  SimulatedSm const sm{.ns_per_cyc = 0.5};
  kernels::WarpRecord hung = warp_of(sm, 5e6, 5e6);
  hung.out_globaltimer_ns = hung.out_clock_cyc = 0;
  std::vector<kernels::WarpRecord> const warps = {warp_of(sm, 1e6, 1.1e6), hung, {}};

  LaunchClock const clock(warps, calibration_of({sm}), 32);

  EXPECT_TRUE(close(clock.slope_ns_per_cyc(), 0.5, {.relative = 1e-3}));
}

}  // namespace
}  // namespace fluxscope::profiler
