#include "analysis/verdict/verdict.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/report/report.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

Verdict verdict_of(traces::Trace const& trace) {
  std::string const label = "synthetic";
  return make_report(std::span(&trace, 1), std::span(&label, 1)).traces[0].verdict;
}

VerdictRow const& row_of(Verdict const& verdict, std::string const& policy, std::int32_t kv_len,
                         std::string const& execution, std::string const& scheduler) {
  for (auto const& row : verdict.rows) {
    if (row.row.policy == policy && row.row.kv_len == kv_len && row.row.execution == execution &&
        row.row.scheduler == scheduler) {
      return row;
    }
  }
  throw std::out_of_range(policy + execution + scheduler);
}

TEST(Verdict, RowTimeIsTheSumOverItsLayers) {
  auto const trace = testing::prefill_trace({});
  auto const verdict = verdict_of(trace);
  auto const& row = row_of(verdict, "head_dynamic", 32768, "fused", "natural");

  double sum = 0;
  for (auto const& layer : trace.row_layers) {
    if (layer.row_id == row.row.row_id) sum += trace.cases[layer.case_id].time_ns;
  }

  EXPECT_TRUE(close(row.time_ns, sum, {0, 1e-12}));
}

TEST(Verdict, SpeedUpIsAgainstTheSameSchedulerAndAgainstTheQuickestFullRow) {
  auto const verdict = verdict_of(testing::prefill_trace({}));
  auto const& row = row_of(verdict, "head_dynamic", 32768, "two_pool", "natural");
  auto const& natural = row_of(verdict, "full", 32768, "layer_uniform", "natural");
  auto const& ordered = row_of(verdict, "full", 32768, "layer_uniform", "longest_first");

  EXPECT_TRUE(close(row.speedup_same_scheduler.value(), natural.time_ns / row.time_ns, {1e-12, 0}));
  EXPECT_LT(ordered.time_ns, natural.time_ns);
  EXPECT_TRUE(close(row.speedup_best_full.value(), ordered.time_ns / row.time_ns, {1e-12, 0}));
}

TEST(Verdict, ARunThatReadsEverythingIsAReferenceWhateverItsPolicy) {
  // A window that covers the context: a head-level row selects all blocks, in half the time of the
  // full rows. Its speed-up is over itself, 1; no row has more than its ideal by it.
  auto trace = testing::prefill_trace({});
  std::uint32_t row_id = 0;
  for (auto const& row : trace.rows) {
    if (row.policy == "head_dynamic" && row.kv_len == 8192 && row.execution == "fused" &&
        row.scheduler == "natural") {
      row_id = row.row_id;
    }
  }
  for (auto const& layer : trace.row_layers) {
    if (layer.row_id != row_id) continue;
    auto& record = trace.cases[layer.case_id];
    record.selected_blocks = record.full_blocks;
    record.time_ns *= 0.1;
  }

  auto const verdict = verdict_of(trace);

  auto const& row = row_of(verdict, "head_dynamic", 8192, "fused", "natural");
  EXPECT_TRUE(close(row.speedup_best_full.value(), 1, {1e-12, 0}));
  auto const& full = row_of(verdict, "full", 8192, "layer_uniform", "natural");
  EXPECT_TRUE(close(full.speedup_best_full.value(), row.time_ns / full.time_ns, {1e-12, 0}));
}

TEST(Verdict, ASpeedUpBeyondTheIdealIsExplained) {
  auto trace = testing::prefill_trace({});
  for (auto& record : trace.cases) {
    if (record.execution == "gather" && record.kv_len == 8192) record.time_ns *= 0.2;
  }

  auto const verdict = verdict_of(trace);

  auto const found = std::find_if(verdict.notes.begin(), verdict.notes.end(), [](auto const& one) {
    return one.find("where its work allows") != std::string::npos;
  });
  ASSERT_NE(found, verdict.notes.end());
  EXPECT_NE(found->find("head_dynamic (gather/"), std::string::npos) << *found;
}

TEST(Verdict, IdealIsTheRatioOfBlocks) {
  auto const verdict = verdict_of(testing::prefill_trace({}));
  auto const& row = row_of(verdict, "flux", 8192, "layer_uniform", "natural");

  // 64 query blocks: full 64 * 65 / 2 = 2080, streaming 17 * 18 / 2 + 47 * 17 = 952; half each.
  EXPECT_TRUE(close(row.ideal_speedup, 2080.0 / ((2080 + 952) / 2.0), {1e-12, 0}));
}

TEST(Verdict, HeadRowsAreComparedWithTheLayerRowOfEqualKv) {
  auto const verdict = verdict_of(testing::prefill_trace({}));
  auto const& head = row_of(verdict, "head_dynamic", 8192, "gather", "longest_first");
  auto const& layer = row_of(verdict, "flux", 8192, "layer_uniform", "longest_first");

  EXPECT_TRUE(head.equal_kv);
  EXPECT_TRUE(close(head.over_layer.value().value, layer.time_ns / head.time_ns, {1e-12, 0}));
}

TEST(Verdict, UnequalKvIsMarkedAndLeavesTheHeadlines) {
  auto trace = testing::prefill_trace({});
  for (auto& record : trace.cases) {
    if (record.full_kv_heads == 4) record.kv_bytes_selected = record.kv_bytes_selected * 103 / 100;
  }

  auto const verdict = verdict_of(trace);

  EXPECT_FALSE(row_of(verdict, "head_dynamic", 8192, "fused", "natural").equal_kv);
  EXPECT_TRUE(verdict.headlines.empty());
}

TEST(Verdict, HeadlineNamesTheQuickestAndTheSlowestHeadLevelRow) {
  auto const verdict = verdict_of(testing::prefill_trace({}));

  ASSERT_EQ(verdict.headlines.size(), 2u);
  auto const& headline = verdict.headlines[1];
  EXPECT_EQ(headline.kv_len, 32768);
  for (auto const& row : verdict.rows) {
    if (row.row.level != "head" || row.row.kv_len != 32768) continue;
    EXPECT_LE(verdict.rows[headline.head.best_row].time_ns, row.time_ns);
    EXPECT_GE(verdict.rows[headline.head_worst_row].time_ns, row.time_ns);
  }
  EXPECT_EQ(verdict.rows[headline.head_worst_row].row.execution, "masked");
}

TEST(Verdict, RowWaterfallIsTheSumOfItsLayersAndStillExact) {
  auto const verdict = verdict_of(testing::prefill_trace({}));

  for (auto const& row : verdict.rows) {
    ASSERT_TRUE(row.waterfall.known) << row.waterfall.reason;
    double sum = row.waterfall.ideal_ns;
    for (double part : row.waterfall.parts_ns) sum += part;
    EXPECT_TRUE(close(sum, row.time_ns, {0, 1e-9}));
  }
}

TEST(Verdict, RowWithACaseThatHasNoTimeHasNoSpeedUp) {
  auto trace = testing::prefill_trace({});
  trace.cases[0].time_ns = std::numeric_limits<double>::quiet_NaN();

  auto const verdict = verdict_of(trace);

  auto const& row = row_of(verdict, "full", 8192, "layer_uniform", "natural");
  EXPECT_FALSE(row.speedup_best_full.has_value());
  EXPECT_NE(row.note.find(trace.cases[0].name), std::string::npos);
}

TEST(Verdict, IntervalOfASpeedUpIsOfTheQuartilesOfBothOrPairedInAModel) {
  // The synthetic cases have -1 % and +1 % around their time: 0.99 / 1.01 to 1.01 / 0.99 where the
  // two vary on their own; one model's common error cancels.
  testing::SyntheticSetup simulated;
  simulated.source = "simulated";
  for (auto const& setup : {testing::SyntheticSetup{}, simulated}) {
    auto const verdict = verdict_of(testing::prefill_trace(setup));
    auto const& row = row_of(verdict, "flux", 8192, "layer_uniform", "natural");
    double const width = setup.source == "simulated" ? 1 : 1.01 / 0.99;

    EXPECT_TRUE(close(row.speedup_low.value(), *row.speedup_best_full / width, {0, 1e-12}));
    EXPECT_TRUE(close(row.speedup_high.value(), *row.speedup_best_full * width, {0, 1e-12}));
    EXPECT_TRUE(close(row.time_low_ns, row.time_ns * 0.99, {0, 1e-12}));
  }
}

TEST(Verdict, ARowIsAsWellFoundedAsItsWeakestLayer) {
  auto trace = testing::prefill_trace({});
  for (auto& record : trace.cases) {
    record.provenance = record.full_kv_heads == 0 ? "extrapolated" : "calibrated";
  }

  auto const verdict = verdict_of(trace);

  EXPECT_EQ(row_of(verdict, "full", 8192, "layer_uniform", "natural").provenance, "calibrated");
  EXPECT_EQ(row_of(verdict, "flux", 8192, "layer_uniform", "natural").provenance, "extrapolated");
}

TEST(Verdict, NotesNameTheContextFromWhichOnSpeedUpHolds) {
  auto const verdict = verdict_of(testing::prefill_trace({}));

  ASSERT_FALSE(verdict.notes.empty());
  EXPECT_NE(verdict.notes[0].find("layer level is quicker than full attention"), std::string::npos);
}

}  // namespace
}  // namespace fluxscope::analysis
