#include "analysis/compare/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

traces::Trace simulated(double time_scale) {
  testing::SyntheticSetup setup;
  setup.source = "simulated";
  setup.u_ns = 0;
  setup.time_scale = time_scale;
  return testing::prefill_trace(setup);
}

ErrorSummary const& summary_of(Comparison const& comparison, std::string const& group,
                               std::string const& value) {
  auto const found =
      std::find_if(comparison.summaries.begin(), comparison.summaries.end(),
                   [&](auto const& s) { return s.group == group && s.value == value; });
  if (found == comparison.summaries.end()) throw std::out_of_range(group + " " + value);
  return *found;
}

TEST(Compare, TraceAgainstItselfHasNoError) {
  auto const measured = testing::prefill_trace({});
  auto const comparison = compare(measured, simulated(1), "m", "s");

  EXPECT_EQ(comparison.cases.size(), measured.cases.size());
  auto const& all = summary_of(comparison, "all", "all");
  EXPECT_EQ(all.mape_ratio, 0);
  EXPECT_EQ(all.tail_max_difference.value(), 0);
  for (auto const& error : comparison.cases) {
    EXPECT_TRUE(close(error.load_correlation.value(), 1, {1e-9, 0})) << error.name;
  }
}

TEST(Compare, CasesThatWereCutOtherwiseAreNoErrorOfTheModel) {
  auto const measured = testing::prefill_trace({});
  auto other = simulated(2);
  other.cases[1].tiles += 8;

  auto const comparison = compare(measured, other, "m", "s");

  EXPECT_EQ(comparison.other_plan, std::vector<std::string>{measured.cases[1].name});
  EXPECT_EQ(comparison.cases.size(), measured.cases.size() - 1);
  EXPECT_TRUE(comparison.only_measured.empty());
  EXPECT_NE(comparison_text(comparison).find("1 cases left out, whose launches another planner"),
            std::string::npos);
}

TEST(Compare, ErrorsAreTheClosedFormOfTwoScaledCases) {
  auto const measured = testing::prefill_trace({});
  auto slower = measured;
  for (std::size_t i = 0; i < slower.cases.size(); ++i) {
    slower.cases[i].time_ns *= i % 2 == 0 ? 1.1 : 0.8;
  }

  auto const all = summary_of(compare(measured, slower, "m", "s"), "all", "all");

  // 24 cases, half +10 %, half -20 %: MAPE 15 %, bias -5 %, median 15 %, p90 20 %.
  ASSERT_EQ(all.cases % 2, 0u);
  EXPECT_TRUE(close(all.mape_ratio, 0.15, {1e-12, 0}));
  EXPECT_TRUE(close(all.bias_ratio, -0.05, {1e-12, 0}));
  EXPECT_TRUE(close(all.median_ratio, 0.15, {1e-12, 0}));
  EXPECT_TRUE(close(all.p90_ratio, 0.2, {1e-12, 0}));
}

TEST(Compare, ProvenanceSplitsFittedFromHeldOut) {
  auto const comparison = compare(testing::prefill_trace({}), simulated(1.05), "m", "s");

  auto const& fitted = summary_of(comparison, "held_out", "fitted on");
  auto const& held_out = summary_of(comparison, "held_out", "held out");
  EXPECT_EQ(fitted.cases + held_out.cases, comparison.cases.size());
  EXPECT_GT(held_out.cases, 0u);
  EXPECT_EQ(summary_of(comparison, "provenance", "extrapolated").cases, held_out.cases);
}

TEST(Compare, CasesWithoutPartnerAreNamedNotDropped) {
  auto const measured = testing::prefill_trace({});
  auto other = simulated(1);
  other.cases[3].name = "another/case";

  auto const comparison = compare(measured, other, "m", "s");

  EXPECT_EQ(comparison.only_measured, std::vector<std::string>{measured.cases[3].name});
  EXPECT_EQ(comparison.only_simulated, std::vector<std::string>{"another/case"});
}

TEST(Compare, NothingInCommonIsTheUsersError) {
  auto other = simulated(1);
  for (auto& record : other.cases) record.name += "/x";

  EXPECT_THROW((void)compare(testing::prefill_trace({}), other, "m", "s"), InputError);
}

TEST(Compare, TextNamesDifferingDevices) {
  auto other = simulated(1);
  other.device.chip = "GA100";

  auto const text = comparison_text(compare(testing::prefill_trace({}), other, "m.h5", "s.h5"));

  EXPECT_NE(text.find("The devices differ"), std::string::npos);
  EXPECT_NE(text.find("MAPE"), std::string::npos);
}

TEST(Compare, WordsFollowTheSourcesOfTheTraces) {
  struct Pair {
    char const* first;
    char const* second;
    char const* kind;
    char const* column;
  };
  for (auto const& pair : {Pair{"measured", "simulated", "model_error", "error"},
                           Pair{"simulated", "simulated", "two_models", "difference"},
                           Pair{"measured", "measured", "two_measurements", "difference"}}) {
    auto reference = testing::prefill_trace({});
    auto other = simulated(1.05);
    reference.run.source = pair.first;
    other.run.source = pair.second;

    auto const comparison = compare(reference, other, "a.h5", "b.h5");
    auto const text = comparison_text(comparison);

    EXPECT_NE(comparison_json(comparison).find(pair.kind), std::string::npos);
    EXPECT_NE(text.find(std::string("a.h5 (Synthetic GPU, ") + pair.first), std::string::npos);
    EXPECT_NE(text.find(std::string("b.h5 (Synthetic GPU, ") + pair.second), std::string::npos);
    EXPECT_NE(text.find(pair.column), std::string::npos);
    bool const of_a_model = std::string(pair.kind) == "model_error";
    EXPECT_EQ(text.find(" error ") != std::string::npos, of_a_model) << text.substr(0, 400);
    EXPECT_EQ(text.find("measured") != std::string::npos, std::string(pair.first) == "measured");
  }
}

// An H200 as the driver reports it and as its data sheet does; an H100 is the same chip.
TEST(Compare, ADeviceIsTheSameUnderAnotherName) {
  traces::DeviceInfo const reported{.name = "NVIDIA H200",
                                    .chip = "GH100",
                                    .sm_count = 132,
                                    .hbm_bytes_per_s = 4'916'736'000'000};
  auto modelled = reported;
  modelled.name = "h200";
  modelled.hbm_bytes_per_s = 4'800'000'000'000;
  EXPECT_TRUE(same_device(reported, modelled));
  EXPECT_TRUE(same_device(modelled, reported));

  auto h100 = modelled;
  h100.hbm_bytes_per_s = 3'350'000'000'000;
  EXPECT_FALSE(same_device(reported, h100));
  auto fewer = modelled;
  fewer.sm_count = 114;
  EXPECT_FALSE(same_device(reported, fewer));
}

}  // namespace
}  // namespace fluxscope::analysis
