#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "base/error.hpp"
#include "tests/traces/random_trace.hpp"
#include "traces/export/csv.hpp"

namespace fluxscope::testing {
namespace {

using traces::Trace;

std::string text_of(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Fields of a CSV text by RFC 4180, row by row.
std::vector<std::vector<std::string>> parse(std::string const& text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const letter = text[i];
    if (letter == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
      rows.back().back() += text[++i];
    } else if (letter == '"') {
      quoted = !quoted;
    } else if (letter == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (letter == '\n' && !quoted) {
      rows.emplace_back(1);
    } else {
      rows.back().back() += letter;
    }
  }
  rows.pop_back();  // behind the last line end
  return rows;
}

// Line by line by the rule of export_csv.hpp: units, names, then values; missing ones empty.
TEST(Csv, ATableReadsAsItsHeaderSays) {
  TemporaryFolder const folder;
  Trace trace;
  trace.device.sm_count = 4;
  trace.launches.resize(2);
  trace.ctas = {{0, 1, 2, traces::kNoRow, -5, 1'000'000'000'000}, {1, 0, 3, 7, 0, 9}};
  trace.sms = {{.launch_id = 0, .sm = 1, .u_ns = 0.1f}};
  trace.losses = {{"a,b", 3, "say \"x\""}, {"c", 0, ""}};
  trace.overheads = {{0, 1, std::numeric_limits<double>::quiet_NaN(), true}};

  traces::export_csv(trace, folder.file("out"));

  EXPECT_EQ(text_of(folder.file("out/cta.csv")),
            "# units: 1,1,1,1,ns,ns\n"
            "launch_id,cta,sm,tile,t_in_ns,t_out_ns\n"
            "0,1,2,,-5,1000000000000\n"
            "1,0,3,7,0,9\n");
  EXPECT_EQ(text_of(folder.file("out/sm.csv")),
            "# units: 1,1,ns,ns,ns,1,ns,ns\n"
            "launch_id,sm,first_in_ns,last_out_ns,busy_ns,ctas,slot_busy_ns,u_ns\n"
            "0,1,,,0,0,0,0.1\n");
  EXPECT_EQ(text_of(folder.file("out/loss.csv")),
            "# units: text,1,text\n"
            "name,count,meaning\n"
            "\"a,b\",3,\"say \"\"x\"\"\"\n"
            "c,0,\n");
  EXPECT_EQ(text_of(folder.file("out/overheads.csv")),
            "# units: 1,1,1,1\n"
            "case_id,probe_level,overhead_ratio,occupancy_changed\n"
            "0,1,,1\n");
}

TEST(Csv, EveryTableIsAFileWithEveryRowAndExactNumbers) {
  TemporaryFolder const folder;
  Trace const trace = random_trace(31, 25);

  traces::export_csv(trace, folder.file("out"));

  std::size_t files = 0;
  traces::for_each_table([&](auto const& table) {
    std::string name(table.group.substr(1));
    if (auto const slash = name.find('/'); slash != std::string::npos) name[slash] = '_';
    auto const rows = parse(text_of(folder.file("out/" + name + ".csv")));
    ++files;
    ASSERT_EQ(rows.size(), 2 + 25u) << name;
    for (auto const& row : rows) EXPECT_EQ(row.size(), table.columns.size()) << name;
  });
  auto const samples = parse(text_of(folder.file("out/samples.csv")));
  auto const cases = parse(text_of(folder.file("out/cases.csv")));
  for (std::size_t i = 0; i < 25; ++i) {
    EXPECT_EQ(std::stod(samples[i + 2][4]), trace.samples[i].time_ns);
    EXPECT_EQ(cases[i + 2][1], trace.cases[i].name);
  }
  auto const in_folder = std::distance(std::filesystem::directory_iterator(folder.file("out")), {});
  EXPECT_EQ(static_cast<std::size_t>(in_folder), files + 1);  // attributes.csv
}

TEST(Csv, AttributesAreRowsWithUnits) {
  TemporaryFolder const folder;
  Trace trace;
  trace.device.name = "NVIDIA H200";
  trace.device.sm_count = 132;
  trace.complete = true;

  traces::export_csv(trace, folder.file("out"));
  std::string const text = text_of(folder.file("out/attributes.csv"));

  EXPECT_NE(text.find("\n/device,name,NVIDIA H200,text\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n/device,sm_count,132,1\n"), std::string::npos);
  EXPECT_NE(text.find("\n/clock,clock64_read_floor_cyc,,cycle\n"), std::string::npos);
  EXPECT_NE(text.find("\n/,complete,1,1\n"), std::string::npos);
}

TEST(Csv, AFileInTheWayIsTheUsersFault) {
  TemporaryFolder const folder;
  std::ofstream(folder.file("out")) << "x";

  EXPECT_THROW(traces::export_csv(Trace{}, folder.file("out")), InputError);
}

}  // namespace
}  // namespace fluxscope::testing
