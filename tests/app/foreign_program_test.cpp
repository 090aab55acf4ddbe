// A trace of a program that fluxscope did not plan: launches without a case, from file to report.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "analysis/report/report.hpp"
#include "tests/traces/random_trace.hpp"
#include "traces/export/csv.hpp"
#include "traces/export/perfetto.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryFolder;
using traces::Trace;

/// Two kernels of a program, the second with SM rows as a probe would give.
Trace foreign_trace() {
  Trace trace;
  trace.run.source = "measured";
  trace.device.sm_count = 2;
  for (std::uint32_t i = 0; i < 2; ++i) {
    trace.launches.push_back({.launch_id = i,
                              .case_id = traces::kNoRow,
                              .pass = 1,
                              .op = "gemm",
                              .kernel = i == 0 ? "my_gemm" : "",
                              .symbol = "void my_gemm<128>(float*)",
                              .grid_ctas = 4,
                              .start_ns = 100 * i,
                              .end_ns = 100 * i + 150});
  }
  for (std::uint32_t sm = 0; sm < 2; ++sm) {
    trace.sms.push_back({.launch_id = 1,
                         .sm = sm,
                         .first_in_ns = 100,
                         .last_out_ns = 240,
                         .busy_ns = 140,
                         .ctas = 2,
                         .slot_busy_ns = 140});
  }
  trace.ctas = {{1, 0, 0, traces::kNoRow, 100, 240}};
  trace.tile_times = {{1, 3, 4, 10, 10, 10, 10, 10}};
  return trace;
}

std::string text_of(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ForeignProgram, ItsLaunchesSurviveTheFileWithoutACase) {
  TemporaryFolder const folder;

  traces::write_trace(folder.file("t.h5"), foreign_trace());
  Trace const got = traces::read_trace(folder.file("t.h5"));

  ASSERT_EQ(got.launches.size(), 2u);
  EXPECT_EQ(got.launches[1].case_id, traces::kNoRow);
  EXPECT_EQ(got.launches[1].op, "gemm");
  EXPECT_EQ(got.launches[1].counted_as, "other");
}

TEST(ForeignProgram, ItsTablesShowAnEmptyCase) {
  TemporaryFolder const folder;

  traces::export_csv(foreign_trace(), folder.file("out"));

  std::string const text = text_of(folder.file("out/launches.csv"));
  EXPECT_THAT(text, HasSubstr("\n0,,1,0,0,gemm,other,my_gemm,void my_gemm<128>(float*),0,4,"));
  EXPECT_THAT(text, Not(HasSubstr("4294967295")));
}

TEST(ForeignProgram, ItsTimelineIsDrawn) {
  TemporaryFolder const folder;

  traces::export_perfetto(foreign_trace(), folder.file("t.pftrace"));

  EXPECT_THAT(text_of(folder.file("t.pftrace")), HasSubstr("Launches without a case, pass 1"));
}

TEST(ForeignProgram, TheReportSaysThatNoLaunchHasACase) {
  std::vector<Trace> const traces{foreign_trace()};
  std::vector<std::string> const labels{"program.h5"};

  auto const report = analysis::make_report(traces, labels);

  EXPECT_TRUE(report.traces.at(0).cases.empty());
  EXPECT_EQ(report.traces[0].validity.launches_without_case, 2u);
  for (auto const& text :
       {analysis::report_terminal(report, false), analysis::report_terminal(report, true),
        analysis::report_markdown(report)}) {
    EXPECT_THAT(text, HasSubstr("2 launches belong to no case"));
  }
  EXPECT_THAT(analysis::report_json(report), HasSubstr("\"launches_without_case\": 2"));
  EXPECT_THAT(analysis::report_html(report), HasSubstr("\"launches_without_case\":2"));
}

}  // namespace
}  // namespace fluxscope::app
