// Golden values: closed forms for equal CTAs, and an independent simulation for causal attention
// (in Python, heapq: natural order LB 0.863, M7 13.7 %, M6 21.9 %;
// longest first LB 0.997, M7 0.3 %).
#include "analysis/metrics/metric.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/measure/launch_measure.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;
using testing::single_launch_trace;

constexpr std::int32_t kSms = 132;

MetricValue metric_of(traces::Trace const& trace, char const* name) {
  auto const measures = measure_cases(trace);
  return metric_named(name).compute(measures.at(0).attention);
}

double value_of(traces::Trace const& trace, char const* name) {
  auto const value = metric_of(trace, name);
  return value.value.value_or(std::numeric_limits<double>::quiet_NaN());
}

traces::Trace equal_ctas(std::size_t count) {
  return single_launch_trace(std::vector<std::int64_t>(count, 1000), kSms);
}

/// 16 heads of 64 query blocks under a causal mask; block q costs q + 1.
std::vector<std::int64_t> causal_durations() {
  std::vector<std::int64_t> durations;
  for (int head = 0; head < 16; ++head) {
    for (int q = 0; q < 64; ++q) durations.push_back(1000 * (q + 1));
  }
  return durations;
}

TEST(Metrics, ThreeWholeWavesLoseNothing) {
  auto const trace = equal_ctas(396);

  EXPECT_EQ(value_of(trace, "sm_balance_ratio"), 1);
  EXPECT_EQ(value_of(trace, "sm_imbalance_percent"), 0);
  EXPECT_EQ(value_of(trace, "tail_area_ratio"), 0);
  EXPECT_EQ(value_of(trace, "tail_length_ratio"), 0);
  EXPECT_EQ(value_of(trace, "wave_efficiency_ratio"), 1);
  EXPECT_EQ(value_of(trace, "order_bound_ratio"), 1);
}

TEST(Metrics, OneCtaMoreThanThreeWavesCostsAWave) {
  auto const trace = equal_ctas(397);
  testing::Tolerance const tol{1e-12, 0};

  // mean = 397/132 waves, max = 4.
  EXPECT_TRUE(close(value_of(trace, "sm_balance_ratio"), 397.0 / 132 / 4, tol));
  EXPECT_TRUE(
      close(value_of(trace, "sm_imbalance_percent"), (4 * 132.0 / 397 - 1) * 100, {1e-9, 0}));
  // 131 SMs idle for the last of 4 waves.
  EXPECT_TRUE(close(value_of(trace, "tail_area_ratio"), 131.0 / 132 / 4, tol));
  EXPECT_TRUE(close(value_of(trace, "tail_length_ratio"), 0.25, tol));
  // (4 - 397/132) / 4 * 132/131 = 131/132/4 * 132/131 = 1/4.
  EXPECT_TRUE(close(value_of(trace, "sm_imbalance_scaled_percent"), 25, {1e-9, 0}));
  EXPECT_TRUE(close(value_of(trace, "wave_efficiency_ratio"), 397.0 / 132 / 4, tol));
  // (1 - mean / max) mean / L with mean 397/132 waves, max and L 4 waves.
  double const mean = 397.0 / 132;
  EXPECT_TRUE(close(value_of(trace, "ncu_est_speedup_ratio"), (1 - mean / 4) * mean / 4, tol));
}

TEST(Metrics, CausalNaturalOrderLosesAsTheIndependentSimulationSays) {
  auto const trace = single_launch_trace(causal_durations(), kSms);
  testing::Tolerance const printed{5e-4, 0};  // the note prints three digits

  EXPECT_TRUE(close(value_of(trace, "sm_balance_ratio"), 0.863, printed));
  EXPECT_TRUE(close(value_of(trace, "tail_area_ratio"), 0.137, printed));
  EXPECT_TRUE(close(value_of(trace, "tail_length_ratio"), 0.219, printed));
  EXPECT_TRUE(close(value_of(trace, "item_gini_ratio"), 0.328, printed));
}

TEST(Metrics, CausalLongestFirstOrderKeepsGiniAndLosesTheTail) {
  auto durations = causal_durations();
  std::stable_sort(durations.begin(), durations.end(), std::greater<>());
  auto const trace = single_launch_trace(durations, kSms);
  testing::Tolerance const printed{5e-4, 0};

  EXPECT_TRUE(close(value_of(trace, "sm_balance_ratio"), 0.997, printed));
  EXPECT_TRUE(close(value_of(trace, "tail_area_ratio"), 0.003, printed));
  EXPECT_TRUE(close(value_of(trace, "item_gini_ratio"), 0.328, printed));
}

TEST(Metrics, OneLongCtaHasTheTailOfItsClosedForm) {
  // 131 CTAs of 1000 and one of 4000: 131 SMs idle for 3000 of 4000.
  std::vector<std::int64_t> durations(132, 1000);
  durations[5] = 4000;

  auto const trace = single_launch_trace(durations, kSms);

  EXPECT_TRUE(close(value_of(trace, "tail_area_ratio"), 131 * 3000.0 / (132 * 4000.0), {1e-12, 0}));
  EXPECT_TRUE(close(value_of(trace, "item_max_over_p50_ratio"), 4, {1e-12, 0}));
  EXPECT_TRUE(close(value_of(trace, "order_bound_ratio"), 1, {1e-12, 0}));
}

TEST(Metrics, UnusedSmsCountAsTail) {
  auto const trace = single_launch_trace({1000}, 4);

  EXPECT_EQ(value_of(trace, "tail_area_ratio"), 0.75);
  EXPECT_EQ(value_of(trace, "useful_area_ratio"), 0.25);
  EXPECT_EQ(value_of(trace, "tail_length_ratio"), 1);
}

TEST(Metrics, UsefulRampGapsAndTailSumToOne) {
  testing::SyntheticSetup setup;
  setup.contexts = {8192};
  auto const trace = testing::prefill_trace(setup);

  for (auto const& measure : measure_cases(trace)) {
    ASSERT_FALSE(measure.attention.empty()) << measure.reason;
    double sum = 0;
    for (auto const* part :
         {"useful_area_ratio", "ramp_area_ratio", "gap_area_ratio", "tail_area_ratio"}) {
      sum += metric_named(part).compute(measure.attention).value.value();
    }
    EXPECT_TRUE(close(sum, 1, {1e-12, 0}));
  }
}

TEST(Metrics, TailBelowThreeUncertaintiesIsNotClaimed) {
  // Tail: 3 SMs idle for 30 of 1030 ns. The last SM's end enters 3 times with u = 20 ns.
  std::vector<std::int64_t> const durations{1030, 1000, 1000, 1000};
  auto const exact = metric_of(single_launch_trace(durations, 4, 0), "tail_area_ratio");
  auto const blurred = metric_of(single_launch_trace(durations, 4, 20), "tail_area_ratio");

  EXPECT_TRUE(exact.significant);
  EXPECT_FALSE(blurred.significant);
  // sqrt((3 * 20)^2 + 3 * 20^2) / (4 * 1030)
  EXPECT_TRUE(close(blurred.uncertainty, std::sqrt(4800.0) / 4120, {1e-12, 0}));
  EXPECT_EQ(*exact.value, *blurred.value);
}

TEST(Metrics, GroupsBoundTheQuantilesThatRowsGiveExactly) {
  auto const rows = single_launch_trace(causal_durations(), kSms, 0, true);
  auto const groups = single_launch_trace(causal_durations(), kSms, 0, false);
  auto const exact = metric_of(rows, "item_p99_over_p50_ratio");
  auto const bounded = metric_of(groups, "item_p99_over_p50_ratio");

  // Every group holds equal durations, so its quantiles are exact and so is the mixture's.
  EXPECT_TRUE(close(*bounded.value, *exact.value, {1e-12, 0}));
  EXPECT_TRUE(close(bounded.uncertainty, 0, {1e-12, 0}));
  EXPECT_FALSE(metric_of(groups, "item_gini_ratio").value.has_value());
  EXPECT_EQ(metric_of(groups, "item_gini_ratio").note, "rows of single items were not kept");
}

TEST(Metrics, WideGroupsBoundTheTrueQuantile) {
  // Eleven items 100 .. 1100 in one group: p50 = 600 is known, p95 lies between it and p99.
  Durations all;
  Durations group;
  for (int i = 1; i <= 11; ++i) all.add_row(100.0 * i);
  group.add_group({0, 1, 11, 600, 100, 600, 1100, 1100});

  auto const p95 = group.quantile_ns(0.95);

  EXPECT_LE(p95.low, all.quantile_ns(0.95).value);
  EXPECT_GE(p95.high, all.quantile_ns(0.95).value);
  EXPECT_EQ(group.quantile_ns(0.5).value, 600);
  EXPECT_EQ(group.quantile_ns(0.5).low, group.quantile_ns(0.5).high);
}

TEST(Metrics, CaseWithoutProbeHasAReasonInsteadOfNumbers) {
  traces::Trace trace;
  trace.cases.emplace_back();

  auto const measures = measure_cases(trace);

  EXPECT_EQ(measures[0].reason, "no launch of this case was probed");
  EXPECT_FALSE(metric_named("tail_area_ratio").compute(measures[0].attention).value.has_value());
}

TEST(Metrics, LaunchBesideAnotherKernelIsLeftOut) {
  auto trace = equal_ctas(396);
  trace.launches[0].overlapped = true;

  EXPECT_EQ(measure_cases(trace)[0].reason, "another kernel ran beside every probed repetition");
}

traces::Trace counted(double avg, double max, char const* elapsed_name, double elapsed) {
  auto trace = equal_ctas(397);
  trace.counters = {{0, 0, "sm__cycles_active.max", max, "cycle", 1},
                    {0, 0, "sm__cycles_active.avg", avg, "cycle", 1},
                    {0, 0, "sm__cycles_active.min", 290, "cycle", 1},
                    {0, 0, elapsed_name, elapsed, "cycle", 1}};
  return trace;
}

TEST(Metrics, CounterEstimateIsWhatNsightComputePrints) {
  // Three launches of decode_split on an H200 under ncu: its counters, and the percentage that its
  // workload rule prints with two decimals.
  struct Printed {
    double avg, max, elapsed, percent;
  };
  for (auto const& ncu : {Printed{66300, 153914, 163602, 23.07},      // 4 of 8 full, fused
                          Printed{109457, 118703, 121964, 6.99},      // balanced
                          Printed{265619, 575142, 610468, 23.42}}) {  // batch 8, persistent
    auto const trace = counted(ncu.avg, ncu.max, "sm__cycles_elapsed.avg", ncu.elapsed);
    EXPECT_TRUE(
        close(value_of(trace, "ncu_est_speedup_counter_ratio") * 100, ncu.percent, {0.005, 0}));
    EXPECT_EQ(value_of(trace, "sm_cycles_active_min_cyc"), 290);
  }
}

TEST(Metrics, CounterEstimateTakesTheLargestElapsedCyclesWhereTheMeanIsMissing) {
  auto const trace = counted(300, 400, "sm__cycles_elapsed.max", 500);

  // (1 - 300 / 400) 300 / 500
  EXPECT_TRUE(close(value_of(trace, "ncu_est_speedup_counter_ratio"), 0.15, {1e-12, 0}));
}

TEST(Metrics, ProbeEstimateCarriesTheUncertaintyOfTheWindow) {
  // Busy 1000 and 3000 of a window of 3000 that one SM begins and ends: mean 2000, no uncertainty.
  // With the last exit on another SM than the first entry: sqrt(2) 30 of 3000.
  auto trace = single_launch_trace({1000, 3000}, 2, 30);
  trace.sms[1].first_in_ns += 100;
  trace.sms[1].busy_ns -= 100;

  auto const value = metric_of(trace, "ncu_est_speedup_ratio");

  double const want = (1 - 1950.0 / 2900) * 1950 / 3000;
  EXPECT_TRUE(close(value.value.value(), want, {1e-12, 0}));
  EXPECT_TRUE(close(value.uncertainty, want * std::sqrt(2.0) * 30 / 3000, {1e-9, 0}));
}

}  // namespace
}  // namespace fluxscope::analysis
