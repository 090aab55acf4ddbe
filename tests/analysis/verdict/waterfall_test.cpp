#include "analysis/verdict/waterfall.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "analysis/measure/full_cases.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

std::vector<CaseBudget> budgets_of(traces::Trace const& trace) {
  auto const measures = measure_cases(trace);
  auto const overheads = probe_overheads(trace);
  std::vector<CaseBudget> budgets;
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    budgets.push_back(case_budget(trace.cases[id], measures[id], overheads[id]));
  }
  return budgets;
}

traces::Trace small_trace() {
  testing::SyntheticSetup setup;
  setup.contexts = {8192};
  return testing::prefill_trace(setup);
}

double part_of(Waterfall const& waterfall, WaterfallPart part) {
  return waterfall.parts_ns[static_cast<std::size_t>(part)];
}

std::uint32_t case_named(traces::Trace const& trace, std::string const& ending) {
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    if (trace.cases[id].name.ends_with(ending)) return id;
  }
  throw std::out_of_range(ending);
}

TEST(CaseBudget, PartsSumToTheCleanTime) {
  auto const trace = small_trace();

  for (auto const& budget : budgets_of(trace)) {
    ASSERT_TRUE(budget.known) << budget.reason;
    double const sum = budget.selection_ns + budget.launches_ns + budget.ramp_ns + budget.gap_ns +
                       budget.tail_ns + budget.useful_ns;
    EXPECT_TRUE(close(sum, budget.time_ns, {0, 1e-12}));
  }
}

TEST(CaseBudget, WindowsLongerThanTheCleanTimeAreScaledAndSaid) {
  auto trace = small_trace();
  trace.cases[0].time_ns /= 2;

  auto const budget = budgets_of(trace)[0];

  EXPECT_TRUE(close(budget.attention_ns, trace.cases[0].time_ns, {0, 1e-12}));
  EXPECT_FALSE(budget.note.empty());
}

TEST(Waterfall, PartsSumToTheGap) {
  auto const trace = small_trace();

  for (auto const& waterfall : case_waterfalls(trace, budgets_of(trace))) {
    ASSERT_TRUE(waterfall.known) << waterfall.reason;
    double const sum = std::accumulate(waterfall.parts_ns.begin(), waterfall.parts_ns.end(), 0.0);
    EXPECT_TRUE(
        close(sum, waterfall.measured_ns - waterfall.ideal_ns, {1e-9 * waterfall.measured_ns, 0}));
  }
}

TEST(Waterfall, FullLayerHasNoGap) {
  auto const trace = small_trace();
  auto const id = case_named(trace, "full8of8/layer_uniform/natural");

  auto const waterfall = case_waterfalls(trace, budgets_of(trace))[id];

  EXPECT_EQ(waterfall.full_case, id);
  EXPECT_EQ(waterfall.gap_ns, 0);
  for (double part : waterfall.parts_ns) EXPECT_TRUE(close(part, 0, {1e-6, 0}));
}

TEST(Waterfall, MaskedPaysForUnselectedBlocksAndGatherForItsCopy) {
  auto const trace = small_trace();
  auto const waterfalls = case_waterfalls(trace, budgets_of(trace));
  auto const& masked = waterfalls[case_named(trace, "full4of8/masked/natural")];
  auto const& gather = waterfalls[case_named(trace, "full4of8/gather/natural")];

  EXPECT_GT(part_of(masked, WaterfallPart::unselected), 0);
  EXPECT_EQ(part_of(masked, WaterfallPart::selection), 0);
  EXPECT_GT(part_of(gather, WaterfallPart::selection), 0);
  EXPECT_EQ(part_of(gather, WaterfallPart::unselected), 0);
}

TEST(Waterfall, CounterpartHasTheSameSchedulerOrTheNoteNamesTheOther) {
  auto trace = small_trace();
  auto const id = case_named(trace, "full4of8/fused/longest_first");
  EXPECT_EQ(FullCases(trace).of(id), case_named(trace, "full8of8/layer_uniform/longest_first"));

  trace.cases[id].scheduler = "persistent";
  auto const waterfall = case_waterfalls(trace, budgets_of(trace))[id];

  ASSERT_TRUE(waterfall.full_case.has_value());
  EXPECT_NE(waterfall.note.find(trace.cases[*waterfall.full_case].scheduler), std::string::npos);
}

TEST(Waterfall, WithoutAFullCounterpartThereIsAReason) {
  auto trace = small_trace();
  std::erase_if(trace.row_layers, [](auto const&) { return true; });
  for (auto& record : trace.cases) record.full_kv_heads = 0;

  auto const waterfall = case_waterfalls(trace, budgets_of(trace))[0];

  EXPECT_FALSE(waterfall.known);
  EXPECT_EQ(waterfall.reason, "no case of the same shape with every head full");
}

}  // namespace
}  // namespace fluxscope::analysis
