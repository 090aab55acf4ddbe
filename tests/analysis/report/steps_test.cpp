// Steps in every view of a report.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analysis/report/report.hpp"
#include "analysis/report/step_tables.hpp"
#include "tests/analysis/step_trace.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using fluxscope::testing::close;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Report step_report() {
  std::vector<traces::Trace> const traces{testing::step_trace()};
  std::vector<std::string> const labels{"steps.h5"};
  return make_report(traces, labels);
}

TEST(ReportOfSteps, JsonHasPartsThatSumAndGainsThatSum) {
  auto const json = nlohmann::json::parse(report_json(step_report()));
  auto const& steps = json.at("traces").at(0).at("steps");
  ASSERT_EQ(steps.size(), 4u);
  for (auto const& step : steps) {
    double sum = 0;
    for (auto const& [name, part] : step.at("parts_ns").items()) sum += part.get<double>();
    EXPECT_TRUE(close(sum, step.at("time_ns").get<double>(), {1e-9, 0}));
    double gains = 0;
    for (auto const& [name, part] : step.at("gain").at("gains_ns").items()) {
      gains += part.get<double>();
    }
    EXPECT_TRUE(
        close(gains, step.at("gain").at("full_ns").get<double>() - step.at("time_ns").get<double>(),
              {1e-9, 0}));
  }
  EXPECT_EQ(steps.at(2).at("ops").at(1).at("op"), "qkv_gemm");
  EXPECT_EQ(steps.at(2).at("ops").at(1).at("time_ns"), 600);
  EXPECT_EQ(steps.at(3).at("mode"), "graph");
}

// The eager flux step of tests/analysis/step_trace.hpp: attention 2.4 times as quick, 700 ns less
// of it, 60 ns more selection, 600 ns more of gaps, 10 ns less of the rest.
TEST(ReportOfSteps, TextsSayWhereAttentionsGainWent) {
  auto const report = step_report();
  auto const table = step_gain_table(report.traces[0]).text();
  EXPECT_THAT(table, HasSubstr("2.40x"));
  EXPECT_THAT(table, AllOf(HasSubstr("0.7 us"), HasSubstr("-0.06 us"), HasSubstr("-0.6 us")));
  EXPECT_THAT(table, Not(HasSubstr("full/eager")));  // the reference itself
  EXPECT_THAT(report_markdown(report), HasSubstr("### From attention's gain to the step's"));
  EXPECT_THAT(report_terminal(report, false), HasSubstr("From attention's gain to the step's"));
}

TEST(ReportOfSteps, AReportOfLayersHasNoneOfThem) {
  std::vector<traces::Trace> const traces{fluxscope::testing::prefill_trace({})};
  std::vector<std::string> const labels{"layers.h5"};
  auto const report = make_report(traces, labels);
  auto const json = nlohmann::json::parse(report_json(report));
  EXPECT_FALSE(json.at("traces").at(0).contains("steps"));
  EXPECT_THAT(report_markdown(report), Not(HasSubstr("### Whole steps")));
}

}  // namespace
}  // namespace fluxscope::analysis
