#include "analysis/verdict/results.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "analysis/format.hpp"
#include "analysis/verdict/break_even.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

struct Run {
  std::string policy;
  std::string level;
  std::string execution;
  std::string scheduler;
  double time_ns = 0;
  double msr_ratio = 0.5;
  std::int64_t kv_bytes = 1000;
};

/// A row of 1 % interval to either side.
VerdictRow row_of(Run const& run) {
  VerdictRow row;
  row.row.policy = run.policy;
  row.row.level = run.level;
  row.row.execution = run.execution;
  row.row.scheduler = run.scheduler;
  row.row.msr_ratio = run.msr_ratio;
  row.row.phase = "decode";
  row.row.batch = 1;
  row.row.kv_len = 32768;
  row.time_ns = run.time_ns;
  row.time_low_ns = run.time_ns * 0.99;
  row.time_high_ns = run.time_ns * 1.01;
  row.speedup_best_full = 1000 / run.time_ns;
  row.kv_bytes_selected = row.selected_blocks = run.kv_bytes;
  return row;
}

std::vector<VerdictRow> rows_of(std::vector<Run> const& runs) {
  std::vector<VerdictRow> rows;
  for (auto const& run : runs) rows.push_back(row_of(run));
  return rows;
}

constexpr auto kSamples = IntervalKind::samples;

TEST(PolicyResults, EachPolicyHasItsQuickestRunThoughNothingIsComparable) {
  // flux reads 3 % more than duo: no head row of equal KV bytes, and still both are there.
  auto const rows = rows_of({{"full", "full", "layer_uniform", "natural", 1000, 0, 2000},
                             {"flux", "layer", "layer_uniform", "natural", 510, 0.47, 1030},
                             {"flux", "layer", "layer_uniform", "longest_first", 560, 0.47, 1030},
                             {"duo", "head", "fused", "natural", 700, 0.5, 1000},
                             {"duo", "head", "balanced", "natural", 520, 0.5, 1000}});

  auto const results = policy_results(rows, kSamples);

  EXPECT_TRUE(head_against_layer(rows, kSamples).empty());
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].best_row, 0u);
  EXPECT_EQ(results[1].best_row, 1u);
  EXPECT_EQ(results[2].best_row, 4u);
}

TEST(PolicyResults, TwoSparsitiesOfOnePolicyAreTwoResults) {
  auto const rows = rows_of({{"flux", "layer", "layer_uniform", "natural", 510, 0.5},
                             {"flux", "layer", "layer_uniform", "natural", 300, 0.75}});

  EXPECT_EQ(policy_results(rows, kSamples).size(), 2u);
}

TEST(PolicyResults, RunsInsideTheUncertaintyAreNamedTogether) {
  // 1 % to either side: 515 (1 % slower) and 1.5 % overlap, 530 (4 %) does not.
  auto const rows = rows_of({{"duo", "head", "balanced", "natural", 517.65},
                             {"duo", "head", "balanced", "longest_first", 510},
                             {"duo", "head", "balanced", "persistent", 515.1},
                             {"duo", "head", "fused", "natural", 530.4}});

  auto const results = policy_results(rows, kSamples);

  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].equal_rows, (std::vector<std::uint32_t>{2, 0}));
  EXPECT_TRUE(close(results[0].equal_within_ratio, 0.015, {1e-12, 0}));
  EXPECT_EQ(runs_text(rows, results[0]), "balanced/longest_first and 2 more within 2 %");
}

TEST(PolicyResults, TheBoundThatIsNamedHoldsForAllOfThem) {
  // Quartiles of 1 % and of 8 %: they overlap, 5.5 % apart.
  auto rows = rows_of(
      {{"duo", "head", "fused", "natural", 1000}, {"duo", "head", "fused", "persistent", 1055}});
  rows[1].time_low_ns = 1055 * 0.92;

  EXPECT_EQ(runs_text(rows, policy_results(rows, kSamples)[0]),
            "fused/natural and 1 more within 6 %");
}

TEST(PolicyResults, ABoundWithoutAnEndIsNotNamed) {
  auto const rows = rows_of({{"duo", "head", "balanced", "natural", 520, 0.5}});
  BestRuns runs{.best_row = 0, .equal_rows = {0}};
  runs.equal_within_ratio = std::numeric_limits<double>::infinity();
  EXPECT_EQ(runs_text(rows, runs), "balanced/natural and 1 more");
}

TEST(PolicyResults, ARowWithoutATimeIsNoResult) {
  auto const rows = rows_of({{"flux", "layer", "layer_uniform", "natural", std::nan("")}});

  EXPECT_TRUE(policy_results(rows, kSamples).empty());
}

TEST(HeadAgainstLayer, AllHeadRowsEqualToTheBestMeansNoWorst) {
  auto const equal = rows_of({{"flux", "layer", "layer_uniform", "natural", 500},
                              {"duo", "head", "balanced", "natural", 480},
                              {"duo", "head", "balanced", "persistent", 485}});
  auto const slower = rows_of({{"flux", "layer", "layer_uniform", "natural", 500},
                               {"duo", "head", "balanced", "natural", 480},
                               {"duo", "head", "fused", "persistent", 600}});

  EXPECT_FALSE(head_against_layer(equal, kSamples).at(0).worst_is_slower);
  EXPECT_TRUE(head_against_layer(slower, kSamples).at(0).worst_is_slower);
}

/// What a text says of head level against layer level.
Order said(std::string const& text) {
  if (text.find("equal within the uncertainty") != std::string::npos) return Order::equal;
  bool const head_is_quicker = text.starts_with("Head level") ||
                               text.find("head-level execution is quicker") != std::string::npos;
  return head_is_quicker ? Order::quicker : Order::slower;
}

/// Every pair of speed-ups from 1.50 to 2.10, by hundredths, and three widths of the intervals:
/// the sentences say "quicker" or "slower" only where the printed numbers differ that way by more
/// than 2 % and the intervals are apart, and "equal" everywhere else.
TEST(HeadAgainstLayer, SentencesAndNumbersAgreeInEveryCombination) {
  for (int layer = 150; layer <= 210; layer += 3) {
    for (int head = 150; head <= 210; ++head) {
      for (double const width : {0.0, 0.005, 0.03}) {
        auto rows = rows_of({{"flux", "layer", "layer_uniform", "natural", 1e5 / layer},
                             {"duo", "head", "balanced", "natural", 1e5 / head}});
        for (auto& row : rows) {
          row.time_low_ns = row.time_ns * (1 - width);
          row.time_high_ns = row.time_ns * (1 + width);
        }
        Verdict verdict;
        verdict.headlines = head_against_layer(rows, kSamples);
        verdict.rows = rows;
        bool const apart =
            (1 + width) / (1 - width) < std::max(head, layer) * 1.0 / std::min(head, layer);
        auto want = Order::equal;
        if (apart && head * 100 > layer * 102) want = Order::quicker;
        if (apart && layer * 100 > head * 102) want = Order::slower;

        auto const& headline = verdict.headlines.at(0);
        auto const note = break_even_notes(verdict).back();
        EXPECT_EQ(said(headline.sentence), want) << headline.sentence << head << " " << layer;
        EXPECT_EQ(said(note), want) << note << head << " " << layer;
        EXPECT_NE(note.find(ratio_text(rows[0].time_ns / rows[1].time_ns)), std::string::npos)
            << note;
      }
    }
  }
}

TEST(HeadAgainstLayer, ASimulatedTraceSpeaksByTheModel) {
  auto const rows = rows_of({{"flux", "layer", "layer_uniform", "natural", 500},
                             {"duo", "head", "balanced", "natural", 400}});

  auto const sentence = head_against_layer(rows, IntervalKind::model).at(0).sentence;

  EXPECT_EQ(sentence,
            "Head level (balanced, natural) is 1.250x as quick as layer level, by the model.");
}

}  // namespace
}  // namespace fluxscope::analysis
