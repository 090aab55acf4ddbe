#include "analysis/report/report.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analysis/format.hpp"
#include "analysis/report/assets.hpp"
#include "analysis/report/tables.hpp"
#include "tests/analysis/synthetic_trace.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

Report synthetic_report() {
  testing::SyntheticSetup simulated;
  simulated.source = "simulated";
  simulated.u_ns = 0;
  simulated.time_scale = 1.03;
  std::vector<traces::Trace> const traces{testing::prefill_trace({}),
                                          testing::prefill_trace(simulated)};
  std::vector<std::string> const labels{"measured.h5", "simulated.h5"};
  return make_report(traces, labels);
}

TEST(Report, JsonCarriesTailBudgetWaterfallAndCrosscheckOfEveryCase) {
  auto const report = synthetic_report();
  auto const json = nlohmann::json::parse(report_json(report));

  for (auto const& trace : json.at("traces")) {
    ASSERT_FALSE(trace.at("cases").empty());
    for (auto const& of_case : trace.at("cases")) {
      EXPECT_TRUE(of_case.at("metrics").at("tail_area_ratio").at("value").is_number());
      EXPECT_TRUE(of_case.at("budget").at("tail_ns").is_number());
      EXPECT_EQ(of_case.at("waterfall").at("parts").size(), kWaterfallParts);
      EXPECT_TRUE(!of_case.at("crosschecks").empty() || of_case.contains("crosscheck_reason"));
    }
  }
  EXPECT_EQ(json.at("comparisons").size(), 1u);
}

TEST(Report, JsonNumbersAreTheReportsNumbers) {
  auto const report = synthetic_report();
  auto const json = nlohmann::json::parse(report_json(report));
  auto const page = nlohmann::json::parse(report_json(report, JsonDetail::page));
  auto const& rows = report.traces[0].verdict.rows;

  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const& full = json["traces"][0]["verdict"]["rows"][i];
    auto const& short_form = page["traces"][0]["verdict"]["rows"][i];
    EXPECT_EQ(full["time_ns"].get<double>(), rows[i].time_ns);
    EXPECT_TRUE(close(short_form["time_ns"].get<double>(), rows[i].time_ns, {0, 1e-6}));
    EXPECT_TRUE(close(short_form["speedup_best_full"].get<double>(),
                      rows[i].speedup_best_full.value(), {0, 1e-6}));
  }
}

TEST(Report, MarkdownShowsTheSameVerdict) {
  auto const report = synthetic_report();
  auto const markdown = report_markdown(report);

  for (auto const& row : report.traces[0].verdict.rows) {
    EXPECT_NE(markdown.find(time_text(row.time_ns)), std::string::npos);
    EXPECT_NE(markdown.find(speedup_text(row.speedup_best_full)), std::string::npos);
  }
  EXPECT_NE(markdown.find("absent: no privilege"), std::string::npos);
  EXPECT_NE(markdown.find("probe_records_dropped"), std::string::npos);
}

TEST(Report, EveryFormSaysWhichHeadsWereDrawnAmongTies) {
  auto trace = testing::prefill_trace({});
  trace.rows.at(1).tied_kv_heads = 57;
  trace.rows.at(1).tie_seed = 7;
  std::vector<std::string> const labels{"measured.h5"};
  auto const report = make_report(std::vector{trace}, labels);
  std::string const said = "57 KV heads tie at the cut; chosen at random under seed 7.";

  EXPECT_NE(report_terminal(report, false).find(said), std::string::npos);
  EXPECT_NE(report_markdown(report).find("- " + trace.rows[1].policy + " at MSR "),
            std::string::npos);
  EXPECT_NE(report_markdown(report).find(said), std::string::npos);
  for (auto const detail : {JsonDetail::full, JsonDetail::page}) {
    auto const verdict = nlohmann::json::parse(report_json(report, detail))["traces"][0]["verdict"];
    EXPECT_EQ(verdict.at("tie_notes").size(), 1u);
    int tied = 0;
    for (auto const& row : verdict.at("rows")) {
      if (!row.contains("tied_kv_heads")) continue;
      EXPECT_EQ(row.at("tied_kv_heads"), 57);
      EXPECT_EQ(row.at("tie_seed"), 7);
      ++tied;
    }
    EXPECT_EQ(tied, 1);
  }
  EXPECT_EQ(report_terminal(synthetic_report(), true).find("tie at the cut"), std::string::npos);
}

TEST(Report, TerminalShowsOneLinePerHeadline) {
  auto const report = synthetic_report();
  auto const text = report_terminal(report, false);

  for (auto const& headline : report.traces[0].verdict.headlines) {
    EXPECT_NE(text.find(ratio_text(headline.head_over_layer.value)), std::string::npos);
  }
  EXPECT_NE(text.find("measured on Synthetic GPU"), std::string::npos);
}

/// The guide's example: flux reads 3 % more KV than any head row.
Report unequal_report() {
  auto trace = testing::prefill_trace({});
  for (auto& record : trace.cases) {
    if (record.full_kv_heads == 4) record.kv_bytes_selected = record.kv_bytes_selected * 97 / 100;
  }
  std::string const label = "mine.h5";
  return make_report(std::span(&trace, 1), std::span(&label, 1));
}

TEST(Report, FirstComesEachPolicysOwnResultThoughNothingIsComparable) {
  auto const report = unequal_report();
  auto const& verdict = report.traces[0].verdict;
  ASSERT_TRUE(verdict.headlines.empty());
  auto const json = nlohmann::json::parse(report_json(report));
  auto const page = nlohmann::json::parse(report_json(report, JsonDetail::page));

  // full, flux and head_dynamic at two contexts.
  ASSERT_EQ(json["traces"][0]["policies"].size(), 6u);
  EXPECT_EQ(page["traces"][0]["policies"].size(), 6u);
  for (auto const& policy : json["traces"][0]["policies"]) {
    auto const& row = verdict.rows.at(policy["best_row"].get<std::size_t>());
    EXPECT_EQ(policy["policy"], row.row.policy);
    EXPECT_EQ(policy["time_ns"].get<double>(), row.time_ns);
    EXPECT_EQ(policy["time_low_ns"].get<double>(), row.time_low_ns);
    for (auto const& text :
         {report_terminal(report, false), report_terminal(report, true), report_markdown(report)}) {
      auto const own = text.find("own result");
      ASSERT_NE(own, std::string::npos);
      auto const next = std::min(text.find("Head level against"), text.find("Every execution"));
      auto const results = text.substr(own, next - own);
      EXPECT_NE(results.find(time_text(row.time_ns)), std::string::npos);
      EXPECT_NE(results.find(time_range_text(row.time_low_ns, row.time_high_ns)),
                std::string::npos);
      EXPECT_NE(results.find(speedup_text(row.speedup_best_full)), std::string::npos);
      EXPECT_NE(results.find(speedup_text(row.ideal_speedup)), std::string::npos);
    }
  }
}

TEST(Report, EqualKvBytesAreSaidOnlyOfRowsThatHaveThem) {
  auto const unequal = report_terminal(unequal_report(), true);
  EXPECT_NE(unequal.find("unequal"), std::string::npos);
  EXPECT_EQ(unequal.find("equal KV bytes"), std::string::npos);

  auto const equal = report_terminal(synthetic_report(), false);
  EXPECT_NE(equal.find("at equal KV bytes"), std::string::npos);
}

TEST(Report, PlacementIsSaidWhereOrdersOfFusedDecodeAreShown) {
  auto trace = testing::prefill_trace({});
  std::string const label = "decode.h5";
  auto const said = [&](char const* what) {
    auto const report = make_report(std::span(&trace, 1), std::span(&label, 1));
    int places = 0;
    for (auto const& text : {report_terminal(report, false), report_terminal(report, true),
                             report_markdown(report), report_json(report), report_html(report)}) {
      places += text.find(what) != std::string::npos;
    }
    return places;
  };
  EXPECT_EQ(said("put the long CTAs of"), 0);

  for (auto& record : trace.cases) record.phase = "decode";
  for (auto& row : trace.rows) row.phase = "decode";

  EXPECT_EQ(said("put the long CTAs of"), 5);
  // The best head-level run of the synthetic trace is fused in this order.
  EXPECT_EQ(said("fused/longest_first*"), 4);
  EXPECT_EQ(said("fused/longest_first\\*"), 1);  // Markdown: a star is a mark there
  EXPECT_EQ(said("Another run may place its CTAs otherwise"), 2);
}

TEST(Report, TheTablesSayWhatBalanceWouldSave) {
  Verdict verdict;
  VerdictRow row;
  row.row.level = "head";
  row.tail_area_ratio = 0.53;
  row.balance_saving_ratio = 0.031;
  row.balance_saving_u_ratio = 0.008;
  verdict.rows = {row};
  verdict.policies.emplace_back();
  verdict.headlines.emplace_back();

  for (auto const& table : {policy_table(verdict), row_table(verdict), headline_table(verdict)}) {
    EXPECT_NE(table.text().find("3.1 % +-0.8"), std::string::npos);
  }
  EXPECT_EQ(headline_table(verdict).text().find("53.0 %"), std::string::npos);
}

TEST(Report, HtmlLoadsNothingFromElsewhere) {
  auto html = report_html(synthetic_report());
  EXPECT_LT(html.size(), 6u * 1024 * 1024);
  // ECharts itself builds image elements; the browser test sees that it asks for nothing.
  auto const library = report_asset("echarts.min.js");
  html.replace(html.find(library), library.size(), "");

  for (auto const* reference : {"src=\"", "src='", "<link", "@import", "url(http"}) {
    EXPECT_EQ(html.find(reference), std::string::npos) << reference;
  }
}

TEST(Report, TextOfATraceCannotEndTheScriptOrInjectMarkup) {
  auto trace = testing::prefill_trace({});
  trace.run.comment = "</script><img onerror=alert(1)>";
  std::string const label = "/*FLUXSCOPE_CSS*/</script>";

  auto const html = report_html(make_report(std::span(&trace, 1), std::span(&label, 1)));

  EXPECT_EQ(html.find("<img onerror"), std::string::npos);
  auto const data = html.find("id=\"report-data\"");
  ASSERT_NE(data, std::string::npos);
  auto const begin = html.find('>', data) + 1;
  auto const end = html.find("</script>", begin);
  auto const json = nlohmann::json::parse(html.substr(begin, end - begin));
  EXPECT_EQ(json["traces"][0]["run"]["comment"], trace.run.comment);
}

TEST(Report, UnfinishedTraceSaysSo) {
  auto trace = testing::prefill_trace({});
  trace.complete = false;
  std::string const label = "killed.h5.tmp";

  auto const report = make_report(std::span(&trace, 1), std::span(&label, 1));

  EXPECT_NE(report_terminal(report, false).find("unfinished"), std::string::npos);
  EXPECT_NE(report_markdown(report).find("unfinished"), std::string::npos);
}

TEST(Report, TraceWithoutProbedLaunchesStillReportsItsVerdict) {
  auto trace = testing::prefill_trace({});
  trace.launches.clear();
  trace.sms.clear();
  trace.ctas.clear();
  trace.tiles.clear();
  trace.tile_times.clear();
  std::string const label = "clean.h5";

  auto const report = make_report(std::span(&trace, 1), std::span(&label, 1));

  EXPECT_EQ(report.traces[0].validity.unprobed_cases, trace.cases.size());
  EXPECT_TRUE(report.traces[0].verdict.rows[0].speedup_best_full.has_value());
  EXPECT_FALSE(report.traces[0].cases[0].waterfall.known);
  EXPECT_FALSE(report_json(report).empty());
}

TEST(Report, AbsurdNumbersOfAForeignTraceAreNoOverflow) {
  // The sanitizer build makes an overflow fail here.
  auto trace = testing::prefill_trace({});
  for (auto& record : trace.cases) {
    record.kv_bytes_selected = std::numeric_limits<std::int64_t>::max();
    record.batch = std::numeric_limits<std::int32_t>::max();
  }
  for (auto& launch : trace.launches) {
    launch.ctas_per_sm = std::numeric_limits<std::int32_t>::max();
  }
  for (auto& cta : trace.ctas) cta.t_out_ns = std::numeric_limits<std::int64_t>::max();
  std::string const label = "foreign.h5";

  auto const report = make_report(std::span(&trace, 1), std::span(&label, 1));

  EXPECT_EQ(report.traces[0].cases[0].reorder.note, "durations beyond all measure");
  EXPECT_EQ(report.traces[0].verdict.rows[0].kv_bytes_selected,
            std::numeric_limits<std::int64_t>::max());
}

TEST(Report, EmptyTraceIsReportedWithoutACrash) {
  traces::Trace trace;
  std::string const label = "empty.h5";

  auto const report = make_report(std::span(&trace, 1), std::span(&label, 1));

  EXPECT_FALSE(report_html(report).empty());
  EXPECT_FALSE(report_markdown(report).empty());
  EXPECT_FALSE(report_terminal(report, true).empty());
}

}  // namespace
}  // namespace fluxscope::analysis
