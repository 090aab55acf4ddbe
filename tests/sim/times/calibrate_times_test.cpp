#include "sim/times/calibrate_times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <utility>

#include "base/random.hpp"
#include "sim/calibrate/fit.hpp"
#include "sim/calibrate/fit_parameters.hpp"
#include "sim/device/profile.hpp"
#include "sim/times/cases.hpp"
#include "sim/times/folds.hpp"
#include "tests/close.hpp"
#include "tests/refusal.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using fluxscope::testing::refusal;
using plan::LaunchOp;
using plan::Phase;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

DeviceSpec a100() {
  return load_device_spec(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/gpus/specs/a100.toml");
}

/// Decode rows that are not split tell what a CTA alone draws.
plan::Decomposition const& no_split() { return *plan::decomposition_named("no_split"); }

/// What the tables of these tests were "measured" on.
DeviceProfile planted(plan::Decomposition const& decomposition = no_split()) {
  DeviceProfile profile = foreign_profile(a100(), decomposition, {Phase::prefill, Phase::decode});
  profile.launch_ns = 8000;
  profile.kernel(LaunchOp::prefill).cost = {
      .tile_ns = 1500, .block_ns = 6600, .shared_block_ns = 4800};
  profile.kernel(LaunchOp::decode).cost = {
      .tile_ns = 2000, .split_ns = 500, .block_ns = 3000, .shared_block_ns = 42};
  if (decomposition.splits()) {
    profile.kernel(LaunchOp::combine).cost = {.tile_ns = 1500, .block_ns = 100};
  }
  return profile;
}

TimedRow row(Phase phase, std::int32_t batch, std::int32_t kv_len, std::int32_t kv_heads,
             std::int32_t window_tokens = 0) {
  return {.phase = phase,
          .batch = batch,
          .q_len = phase == Phase::prefill ? kv_len : 1,
          .kv_len = kv_len,
          .shape = {.q_heads = 8, .kv_heads = kv_heads, .head_dim = 128},
          .window_tokens = window_tokens};
}

/// Both phases over batches, contexts, shapes and windows; times +-`noise_ratio`.
TimesTable planted_table(double noise_ratio,
                         plan::Decomposition const& decomposition = no_split()) {
  TimesTable table{.paths = {"planted.csv"}, .kernel = "planted"};
  for (std::int32_t const batch : {1, 2, 4, 16}) {
    for (std::int32_t const kv_len : {512, 1024, 2048, 4096, 8192}) {
      for (std::int32_t const kv_heads : {2, 8}) {
        for (std::int32_t const window : {0, 512, 2048}) {
          table.rows.push_back(row(Phase::decode, batch, 4 * kv_len, kv_heads, window));
          if (batch * kv_len > 16384) continue;
          table.rows.push_back(row(Phase::prefill, batch, kv_len, kv_heads, window));
        }
      }
    }
  }
  DeviceProfile const profile = planted(decomposition);
  Random random(7);
  for (TimedRow& one : table.rows) {
    double const noise = 1 + noise_ratio * (2 * random.unit() - 1);
    one.time_ns = 1;
    one.time_ns = noise * predict_ns(times_case(one, profile), profile);
    one.line = &one - table.rows.data() + 2;
  }
  return table;
}

// Three folds: with one of the three windows alone, no fit can tell a tile from a block.
constexpr TimesOptions kQuick{.fit_rows = 50, .fold_rows = 50, .folds = 3, .fold_rounds = 4};

/// Expects that each interval holds what was planted where it says that the rows determine it.
/// Returns how many do.
int determined_and_held(std::vector<ParameterInterval> const& intervals,
                        DeviceProfile const& want) {
  int determined = 0;
  auto const parameters = fit_parameters(want);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    ParameterInterval const& one = intervals.at(i);
    if (one.standing != ParameterStanding::determined) continue;
    ++determined;
    double const planted_ns = parameters[i].in(want);
    EXPECT_TRUE(one.low_ns <= planted_ns && planted_ns <= one.high_ns)
        << one.name << " " << planted_ns << ": " << interval_text(one);
  }
  return determined;
}

TEST(CalibrateTimes, RecoversPlantedRatesAndTellsHowWell) {
  auto const result = calibrate_times(planted_table(0.01), a100(), no_split(), kQuick);

  auto const want = planted();
  auto const& got = result.profile;
  for (auto const& [op, cost] : {std::pair{LaunchOp::prefill, &KernelCost::shared_block_ns},
                                 std::pair{LaunchOp::decode, &KernelCost::block_ns},
                                 std::pair{LaunchOp::decode, &KernelCost::shared_block_ns}}) {
    // 1 % of noise on some 80 rows moves a rate by well under 3 %.
    EXPECT_TRUE(close(got.kernel(op).cost.*cost, want.kernel(op).cost.*cost, {.relative = 0.03}));
  }
  for (HeldOutSet const& set : got.held_out) {
    EXPECT_GT(set.cases, 0) << set.by;
    EXPECT_LT(set.mape_ratio, 0.03) << set.by;
  }
  for (char const* by : {"shape", "batch", "context", "window", "frontier", "rest"}) {
    EXPECT_THAT(got.held_out, Contains(Field(&HeldOutSet::by, by))) << by;
  }
  // launch_ns, tile_ns of both, and the three times of a block above.
  EXPECT_GE(determined_and_held(result.intervals, want), 5);
}

/// From one start alone such a fit ended at 7147 ns for the 3000 planted: where each row is split,
/// the few CTAs that are alone run one block each.
TEST(CalibrateTimes, AKernelThatSplitsEveryRowKeepsTheTimeOfACtaAlone) {
  auto const& flash2 = *plan::decomposition_named("flash2");

  auto const result = calibrate_times(planted_table(0.01, flash2), a100(), flash2, kQuick);

  KernelCost const cost = std::as_const(result.profile).kernel(LaunchOp::decode).cost;
  EXPECT_TRUE(close(cost.block_ns, 3000, {.relative = 0.03}));
  EXPECT_TRUE(close(cost.shared_block_ns, 42, {.relative = 0.03}));
  EXPECT_GE(determined_and_held(result.intervals, planted(flash2)), 5);
  for (ParameterInterval const& one : result.intervals) {
    // Every row is split: the times of a tile and of its part are one sum.
    if (one.name == "flash2_decode.tile_ns" || one.name == "flash2_decode.split_ns") {
      EXPECT_NE(one.standing, ParameterStanding::determined) << one.name;
    }
    if (one.name == "flash2_decode.block_ns") {
      EXPECT_EQ(one.standing, ParameterStanding::determined);
    }
  }
}

TEST(CalibrateTimes, AProfileKeepsItsDecompositionAndEvidence) {
  auto const result = calibrate_times(planted_table(0), a100(), no_split(), kQuick);
  std::string const text = device_profile_text(result.profile);

  auto const read = parse_device_profile(text, "profile.toml");

  EXPECT_EQ(read.decomposition, "no_split");
  EXPECT_EQ(read.phase(Phase::decode).shapes,
            (std::vector<plan::AttentionShape>{{8, 2, 128}, {8, 8, 128}}));
  EXPECT_EQ(read.made_from, "planted.csv (planted)");
  ASSERT_EQ(read.held_out.size(), result.profile.held_out.size());
  EXPECT_EQ(read.held_out[0].by, result.profile.held_out[0].by);
  EXPECT_EQ(read.held_out[0].cases, result.profile.held_out[0].cases);
  ASSERT_NE(read.slots().decomposition, nullptr);
  EXPECT_EQ(read.slots().decomposition->name, "no_split");
  // An interval stands beside each parameter.
  EXPECT_THAT(text, ::testing::ContainsRegex("launch_ns = [0-9.]+  # [0-9]+ to [0-9]+"));
}

TEST(CalibrateTimes, AnUnknownDecompositionOfAProfileIsNamed) {
  auto const result = planted();
  std::string text = device_profile_text(result);
  text.replace(text.find("\"no_split\""), 10, "\"no_splat\"");
  EXPECT_THAT(refusal([&] { (void)parse_device_profile(text, "profile.toml"); }),
              AllOf(HasSubstr("profile.toml:"), HasSubstr("'no_splat'"), HasSubstr("no_split")));
}

TEST(CalibrateTimes, APhaseWithTooFewRowsForItsParametersIsRefused) {
  TimesTable table = planted_table(0);
  int left = 5;
  std::erase_if(table.rows,
                [&](TimedRow const& one) { return one.phase == Phase::prefill && --left < 0; });
  EXPECT_THAT(refusal([&] { (void)calibrate_times(table, a100(), no_split(), kQuick); }),
              AllOf(HasSubstr("planted.csv:"), HasSubstr(": 5 rows of prefill"),
                    HasSubstr("twice as many")));
}

TEST(ParameterIntervals, NameWhatNoRowDependsOn) {
  TimesTable table = planted_table(0.01);
  std::erase_if(table.rows, [](TimedRow const& one) {
    return one.phase == Phase::prefill || one.window_tokens != 512 || one.batch < 16 ||
           one.shape.kv_heads == 2;
  });
  DeviceProfile const profile = planted();
  CalibrationData data{.device = profile};
  std::vector<std::size_t> every;
  for (TimedRow const& one : table.rows) {
    every.push_back(data.cases.size());
    data.cases.push_back(times_case(one, profile));
  }
  for (ParameterInterval const& one : parameter_intervals(data, every, profile)) {
    if (one.name.starts_with("no_split_prefill.")) {
      EXPECT_EQ(one.standing, ParameterStanding::unused) << one.name;
    }
    // All rows are alike: nothing tells a tile's cost from a block's.
    if (one.name == "no_split_decode.tile_ns") {
      EXPECT_EQ(one.standing, ParameterStanding::undetermined);
    }
  }
}

TEST(ParameterIntervals, HoldWhatFitsToOtherPartsSay) {
  std::vector<ParameterInterval> intervals;
  DeviceProfile const profile = planted();
  for (FitParameter const& one : fit_parameters(profile)) {
    double const ns = one.in(profile);
    intervals.push_back({one.name, ns, 0.99 * ns, 1.01 * ns});
  }
  DeviceProfile low = profile;
  low.launch_ns = 7000;
  DeviceProfile high = profile;
  high.launch_ns = 9500;
  high.kernel(LaunchOp::decode).cost.tile_ns = 4500;

  widen_by_fits(intervals, std::vector{low, high});

  EXPECT_EQ(intervals[0].low_ns, 7000);
  EXPECT_EQ(intervals[0].high_ns, 9500);
  for (ParameterInterval const& one : intervals) {
    // 2000 planted, 4500 by one fit: further off than the value itself.
    bool const wide = one.name == "no_split_decode.tile_ns" || one.value_ns == 0;
    EXPECT_EQ(one.standing == ParameterStanding::determined, !wide) << one.name;
  }
}

TEST(ParameterIntervals, AreTextsThatNameWhatIsNotKnown) {
  EXPECT_EQ(interval_text({"a", 3000, 2900, 3100, ParameterStanding::determined}), "2900 to 3100");
  EXPECT_EQ(interval_text({"a", 0, 0, 12, ParameterStanding::at_bound}), "at its bound, up to 12");
  EXPECT_EQ(interval_text({"a", 200, 0, 900, ParameterStanding::undetermined}),
            "not determined, 0 to 900");
  // Another parameter can take its place whole.
  EXPECT_EQ(interval_text({"a", 200, 0, 1e9, ParameterStanding::undetermined}), "not determined");
  EXPECT_EQ(interval_text({"a", 200, 200, 200, ParameterStanding::unused}),
            "no case depends on it");
}

TEST(HeldOutRows, FoldsDealOutWholeGroups) {
  TimesTable const table = planted_table(0);
  RowIndices all;
  for (std::size_t i = 0; i < table.rows.size(); ++i) all.push_back(i);
  for (HoldOutAxis const& axis : hold_out_axes()) {
    std::map<std::string, std::size_t> fold_of;
    std::size_t rows = 0;
    auto const folds = folds_by(table, all, axis, 3);
    for (std::size_t fold = 0; fold < folds.size(); ++fold) {
      rows += folds[fold].size();
      for (std::size_t const i : folds[fold]) {
        auto const [found, is_new] = fold_of.try_emplace(axis.group_of(table.rows[i]), fold);
        EXPECT_EQ(found->second, fold) << axis.by;
      }
    }
    EXPECT_EQ(rows, all.size()) << axis.by;
  }
}

TEST(HeldOutRows, TheSpreadTakesAsMuchOfEachOctaveAsThereIs) {
  TimesTable table;
  for (int i = 0; i < 100; ++i) table.rows.push_back({.time_ns = 1000});  // octave of 512
  for (int i = 0; i < 100; ++i) table.rows.push_back({.time_ns = 5000});  // of 4096
  for (int i = 0; i < 4; ++i) table.rows.push_back({.time_ns = 1e6});
  RowIndices all;
  for (std::size_t i = 0; i < table.rows.size(); ++i) all.push_back(i);
  auto const chosen = spread_over_times(table, all, 44);
  std::map<double, int> counts;
  for (std::size_t const i : chosen) ++counts[table.rows[i].time_ns];
  EXPECT_EQ(counts[1e6], 4);
  EXPECT_EQ(counts[1000], 20);
  EXPECT_EQ(counts[5000], 20);
}

TEST(HeldOutRows, ErrorsAndCoverageAreThoseOfTheRowsAbove) {
  TimesTable table;
  std::vector<HeldOutRow> rows;
  // Fold 0 predicts 0.9 to 1.1, fold 1 1.0 and 1.3 of the measured time; short rows are out.
  for (double const ratio : {0.9, 1.0, 1.1, 1.0, 1.3}) {
    rows.push_back(
        {.row = rows.size(), .fold = rows.size() < 3 ? 0u : 1u, .predicted_ratio = ratio});
    table.rows.push_back({.time_ns = 2e5});
  }
  rows.push_back({.row = 5, .fold = 0, .predicted_ratio = 9});
  table.rows.push_back({.time_ns = 5e4});

  auto const set = held_out_set("batch", Phase::prefill, 1e5, table, rows, rows);

  EXPECT_EQ(set.cases, 5);
  EXPECT_TRUE(close(set.mape_ratio, (0.1 + 0 + 0.1 + 0 + 0.3) / 5, {.relative = 1e-12}));
  EXPECT_TRUE(close(set.median_ratio, 0.1, {.relative = 1e-12}));
  EXPECT_TRUE(close(set.p90_ratio, 0.3, {.relative = 1e-12}));
  // Fold 0 against [1 / 1.3, 1]: 1.0 and 1.1 are inside, 0.9 (ratio 1.11) is not. Fold 1 against
  // [1 / 1.1, 1 / 0.9]: 1.0 is inside.
  EXPECT_TRUE(close(set.coverage_ratio, 3.0 / 5, {.relative = 1e-12}));
}

/// A100 tables of ai-dynamo/aiconfigurator, which are not part of this repository.
TEST(PublicTables, FlashAttention2OnAnA100IsWithinTenPercentAboveTenthOfAMillisecond) {
  char const* folder = std::getenv("FLUXSCOPE_TIMES_TABLES");
  if (folder == nullptr) {
    GTEST_SKIP() << "no tables: FLUXSCOPE_TIMES_TABLES does not name their folder";
  }
  std::string const stem = std::string(folder) + "/aic_a100_sxm_vllm_0.14.0_";
  auto const table = read_times(
      {stem + "generation_attention_bf16_hd128.csv", stem + "context_attention_bf16_hd128.csv"},
      Repeats::median);
  auto const result = calibrate_times(table, a100(), *plan::decomposition_named("vllm_flash2"), {});
  for (HeldOutSet const& set : result.profile.held_out) {
    if (set.over_ns > 0 && set.by != "frontier") {
      EXPECT_LT(set.mape_ratio, 0.10) << set.by;
    }
  }
}

}  // namespace
}  // namespace fluxscope::sim
