#include "analysis/measure/level_window.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "analysis/metrics/balance_saving.hpp"
#include "tests/analysis/rate_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;
using testing::kRateSms;
using testing::kRateTiles;
using testing::rate_trace;

constexpr double kStartNs = 3000;
constexpr double kTileBlocks = 1.5;

/// A memory that 60 SMs saturate: 0.0012 blocks / ns each, 0.07 together, a sharp bend.
double bent(double n) {
  return std::pow(std::pow(0.0012 * n, -4.0) + std::pow(0.07, -4.0), -1.0 / 4);
}

double straight(double n) { return 0.0006 * n; }

std::vector<CaseMeasure> levelled(traces::Trace const& trace) {
  auto measures = measure_cases(trace);
  set_level_windows(trace, measures);
  return measures;
}

TEST(LevelWindow, OfASharedMemoryIsTheWorkAtTheRateOfAllSms) {
  auto const launches = testing::varied_launches();
  auto const measures = levelled(rate_trace(launches, bent, kStartNs, kTileBlocks));

  for (std::size_t i = 0; i < launches.size(); ++i) {
    auto const& launch = measures[i].attention.at(0);
    ASSERT_TRUE(launch.level.window_ns.has_value()) << launch.level.reason;
    EXPECT_TRUE(launch.level.shared);
    // By hand: 3 us without a block, then everything at bent(132).
    auto const tail_ns = static_cast<double>(launches[i].tail_ns);
    double const level_ns = static_cast<double>(launches[i].level_ns) +
                            tail_ns * bent(launches[i].long_sms) / bent(kRateSms);
    EXPECT_TRUE(close(*launch.level.window_ns, level_ns, {0, 3e-3})) << i;
    EXPECT_LT(launch.level.u_ns, 0.01 * level_ns);
  }
}

TEST(LevelWindow, HalfOfTheSmsIdleCostsLittleWhereTheOthersDrawTheMemory) {
  auto launches = testing::varied_launches();
  // 66 SMs for 95 % of the time: tail area 0.475. bent(66) / bent(132) = 0.06214 / 0.06935 = 0.896,
  // so the launch could end after 0.05 + 0.95 * 0.896 = 0.901 of its time.
  launches.push_back({66, 250'000, 4'750'000});
  auto const measures = levelled(rate_trace(launches, bent, kStartNs, kTileBlocks));

  auto const& launch = measures.back().attention.at(0);
  EXPECT_TRUE(close(launch.tail_area_ns / (kRateSms * launch.window_ns), 0.475, {1e-9, 0}));
  auto const saving = balance_saving(measures.back().attention);
  EXPECT_TRUE(close(saving.saving_ns.value() / saving.window_ns, 0.099, {2e-3, 0}));
}

TEST(LevelWindow, WhereNothingIsSharedTheTailIsLost) {
  auto const measures =
      levelled(rate_trace(testing::varied_launches(), straight, kStartNs, kTileBlocks));

  for (auto const& measure : measures) {
    auto const& launch = measure.attention.at(0);
    EXPECT_FALSE(launch.level.shared);
    auto const saving = balance_saving(measure.attention);
    EXPECT_TRUE(close(saving.saving_ns.value(), launch.tail_area_ns / kRateSms, {0, 1e-9}));
  }
}

TEST(LevelWindow, LaunchesThatLayBadlyDoNotMoveTheModelAndCouldBeQuicker) {
  auto launches = testing::varied_launches();
  for (std::size_t i : {9U, 13U, 17U}) launches[i].slowness = 1.4;
  auto const measures = levelled(rate_trace(launches, bent, kStartNs, kTileBlocks));

  auto const& good = launches[12];
  double const good_ns = static_cast<double>(good.level_ns) +
                         static_cast<double>(good.tail_ns) * bent(good.long_sms) / bent(kRateSms);
  EXPECT_TRUE(close(measures[12].attention[0].level.window_ns.value(), good_ns, {0, 0.02}));
  auto const& bad = launches[13];
  double const bad_ns = static_cast<double>(bad.level_ns) +
                        static_cast<double>(bad.tail_ns) * bent(bad.long_sms) / bent(kRateSms);
  EXPECT_TRUE(close(measures[13].attention[0].level.window_ns.value(), bad_ns / 1.4, {0, 0.02}));
}

TEST(LevelWindow, SevenDifferentLaunchesAreTooFew) {
  std::vector<testing::RateLaunch> launches;
  for (int i = 0; i < 21; ++i) launches.push_back({132 - 10 * (i % 7), 500'000, 3'500'000});
  auto const measures = levelled(rate_trace(launches, bent, kStartNs, kTileBlocks));

  EXPECT_FALSE(measures[0].attention[0].level.window_ns.has_value());
  EXPECT_EQ(measures[0].attention[0].level.reason,
            "7 launches of this kernel keep different numbers of SMs active; the rate model needs "
            "8");
  EXPECT_FALSE(balance_saving(measures[0].attention).saving_ns.has_value());
}

TEST(LevelWindow, NoFitWithoutALaunchThatFillsHalfOfTheDevice) {
  std::vector<testing::RateLaunch> launches;
  for (int i = 0; i < 12; ++i) launches.push_back({8 + 4 * i, 10'000, 4'000'000});
  auto const measures = levelled(rate_trace(launches, bent, kStartNs, kTileBlocks));

  EXPECT_EQ(measures[0].attention[0].level.reason,
            "no launch of this kernel keeps half of the SMs active");
}

TEST(LevelWindow, LaunchesThatFollowNoRateAreNotResolved) {
  auto launches = testing::varied_launches();
  for (std::size_t i = 0; i < launches.size(); ++i) launches[i].slowness = i % 2 == 0 ? 1 : 1.8;
  auto const measures = levelled(rate_trace(launches, bent, kStartNs, kTileBlocks));

  EXPECT_FALSE(measures[0].attention[0].level.window_ns.has_value());
  EXPECT_TRUE(measures[0].attention[0].level.reason.starts_with("the rate model misses"))
      << measures[0].attention[0].level.reason;
}

TEST(LevelWindow, LaunchWithoutTileTimesSaysSo) {
  auto trace = rate_trace(testing::varied_launches(), bent, kStartNs, kTileBlocks);
  trace.tile_times.erase(trace.tile_times.begin());

  auto const measures = levelled(trace);

  EXPECT_EQ(measures[0].attention[0].level.reason, "the launch has no tile times");
  EXPECT_TRUE(measures[1].attention[0].level.window_ns.has_value());
}

}  // namespace
}  // namespace fluxscope::analysis
