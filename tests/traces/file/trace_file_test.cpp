// What is written is read: whole traces, unfinished ones, and what the writer refuses.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "tests/refusal.hpp"
#include "tests/traces/random_trace.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::testing {
namespace {

using traces::ClosingRecords;
using traces::OpeningRecords;
using traces::read_trace;
using traces::RunningRecords;
using traces::Trace;
using traces::TraceBatch;
using traces::TraceWriter;
using traces::view;
using traces::view_of;
using traces::write_trace;

TEST(TraceFile, EveryTableComesBackBitForBit) {
  TemporaryFolder const folder;
  // 9000 rows span two chunks of the largest chunk size.
  for (std::size_t const rows : {1u, 7u, 9000u}) {
    Trace const want = random_trace(rows, rows);

    write_trace(folder.file("t.h5"), want);
    Trace const got = read_trace(folder.file("t.h5"));

    EXPECT_TRUE(same_trace(got, want)) << rows << " rows";
    traces::for_each_type(traces::Records{}, [&]<class Record>() {
      EXPECT_EQ(traces::rows_of<Record>(got).size(), rows) << traces::table<Record>().group;
    });
    EXPECT_TRUE(got.complete);
    EXPECT_FALSE(std::filesystem::exists(folder.file("t.h5.tmp")));
  }
}

TEST(TraceFile, ARefusalShowsControlCharactersOfTheFileAsEscapes) {
  Trace trace = random_trace(5, 3);
  auto const said = [&] { return refusal([&] { traces::validate(trace, "t.h5"); }); };
  trace.cases[2].name = trace.cases[1].name = "\x1b[2J";
  EXPECT_NE(said().find("name '\\x1b[2J' is empty or not unique"), std::string::npos) << said();
  trace.cases[1].phase = "\x1b]0;";
  EXPECT_NE(said().find("phase is '\\x1b]0;', expected one of"), std::string::npos) << said();
}

TEST(TraceFile, EmptyTablesComeBackEmpty) {
  TemporaryFolder const folder;
  Trace want;
  want.run.source = "simulated";

  write_trace(folder.file("t.h5"), want);
  Trace const got = read_trace(folder.file("t.h5"));

  EXPECT_TRUE(same_trace(got, want));
  EXPECT_TRUE(got.complete);
}

TEST(TraceFile, ALongExperimentFileComesBackWhole) {
  TemporaryFolder const folder;
  Trace want = random_trace(5, 1);
  want.run.experiment_toml = std::string(300'000, 'x') + "end";

  write_trace(folder.file("t.h5"), want);

  EXPECT_EQ(read_trace(folder.file("t.h5")).run.experiment_toml, want.run.experiment_toml);
}

TEST(TraceFile, TheSameTraceGivesTheSameBytes) {
  TemporaryFolder const folder;
  Trace const trace = random_trace(6, 300);
  auto const bytes_of = [&](std::string const& name) {
    std::ifstream in(folder.file(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };

  write_trace(folder.file("a.h5"), trace);
  write_trace(folder.file("b.h5"), trace);

  EXPECT_EQ(bytes_of("a.h5"), bytes_of("b.h5"));
}

// Appends launch i of `all` with its share of the other tables: rows whose launch_id is i.
void append_launch(TraceWriter& writer, Trace const& all, std::size_t i) {
  std::vector<traces::CtaRecord> ctas;
  for (auto const& cta : all.ctas) {
    if (cta.launch_id == i) ctas.push_back(cta);
  }
  TraceBatch batch;
  batch.launches = std::span(all.launches).subspan(i, 1);
  batch.ctas = ctas;
  writer.append(batch);
}

TEST(TraceFile, AnUnfinishedFileHoldsEveryAppendedBatch) {
  TemporaryFolder const folder;
  Trace all = random_trace(7, 50);
  {
    TraceWriter writer(folder.file("t.h5"), all.run, all.device, view<OpeningRecords>(all));
    for (std::size_t i = 0; i < 50; ++i) {
      append_launch(writer, all, i);
      Trace const got = [&] {
        std::filesystem::copy_file(folder.file("t.h5.tmp"), folder.file("copy.h5"),
                                   std::filesystem::copy_options::overwrite_existing);
        return read_trace(folder.file("copy.h5"));
      }();
      ASSERT_FALSE(got.complete);
      ASSERT_TRUE(
          same_rows<traces::LaunchRecord>(got.launches, std::span(all.launches).first(i + 1)));
    }
  }

  Trace const got = read_trace(folder.file("t.h5.tmp"));

  EXPECT_FALSE(got.complete);
  EXPECT_FALSE(std::filesystem::exists(folder.file("t.h5")));
  EXPECT_EQ(got.launches.size(), 50u);
  EXPECT_EQ(got.ctas.size(), all.ctas.size());
  EXPECT_EQ(got.cases.size(), 50u);
}

TEST(TraceFile, FinishReplacesTheCasesAndAnOlderFile) {
  TemporaryFolder const folder;
  Trace const early = random_trace(8, 20);
  write_trace(folder.file("t.h5"), random_trace(10, 1));
  Trace late = random_trace(9, 20);
  TraceWriter writer(folder.file("t.h5"), early.run, early.device, view<OpeningRecords>(early));

  writer.finish(late.cases, late.clock, view<ClosingRecords>(late));
  Trace const got = read_trace(folder.file("t.h5"));

  Trace want;
  want.run = early.run;
  want.device = early.device;
  want.rows = early.rows;
  want.row_layers = early.row_layers;
  want.sm_places = early.sm_places;
  want.cases = late.cases;
  want.clock = late.clock;
  want.sm_clocks = late.sm_clocks;
  want.passes = late.passes;
  want.losses = late.losses;
  EXPECT_TRUE(same_trace(got, want));
}

TEST(TraceWriter, RefusesRowsThatTheReaderWouldRefuse) {
  TemporaryFolder const folder;
  Trace all = random_trace(10, 4);
  TraceWriter writer(folder.file("t.h5"), all.run, all.device, view<OpeningRecords>(all));
  auto backwards = all.launches;
  backwards[1].start_ns = 10;
  backwards[1].end_ns = 9;

  EXPECT_THROW(writer.append(view_of<RunningRecords>(backwards)), ContractError);
  EXPECT_THROW(writer.append(view_of<RunningRecords>(all.ctas)),
               ContractError);  // launches not yet there
  writer.append(view_of<RunningRecords>(all.launches));
  writer.append(view_of<RunningRecords>(all.ctas));

  writer.finish(all.cases, all.clock, {});
  EXPECT_THROW(writer.append(view_of<RunningRecords>(all.ctas)), ContractError);
  EXPECT_EQ(read_trace(folder.file("t.h5")).ctas.size(), 4u);
}

TEST(TraceWriter, ALaunchHasACaseOfTheTraceOrNone) {
  TemporaryFolder const folder;
  Trace trace = random_trace(13, 3);
  trace.launches[0].case_id = traces::kNoRow;
  trace.launches[1].case_id = 2;
  trace.launches[2].case_id = 0;
  EXPECT_NO_THROW(write_trace(folder.file("t.h5"), trace));
  EXPECT_EQ(read_trace(folder.file("t.h5")).launches[0].case_id, traces::kNoRow);

  trace.launches[2].case_id = 3;
  EXPECT_THROW(write_trace(folder.file("t.h5"), trace), ContractError);
  trace.launches[2].case_id = 0;
  trace.samples[0].case_id = traces::kNoRow;  // a sample is of a case
  EXPECT_THROW(write_trace(folder.file("t.h5"), trace), ContractError);
}

TEST(TraceWriter, RefusesTwoCasesOfOneName) {
  TemporaryFolder const folder;
  Trace trace = random_trace(12, 3);
  trace.cases[2].name = trace.cases[0].name;

  EXPECT_THROW(write_trace(folder.file("t.h5"), trace), ContractError);
}

TEST(TraceWriter, NamesTheFileThatCannotBeCreated) {
  try {
    Trace trace;
    trace.run.source = "measured";
    write_trace("/nonexistent-folder/t.h5", trace);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent-folder/t.h5: cannot be written"),
              std::string::npos)
        << error.what();
  }
}

TEST(TraceWriter, RefusesAFileThatAnotherWriterHolds) {
  TemporaryFolder const folder;
  Trace const all = random_trace(11, 2);
  TraceWriter const writer(folder.file("t.h5"), all.run, all.device, view<OpeningRecords>(all));

  EXPECT_THROW(write_trace(folder.file("t.h5"), all), InputError);
  try {
    static_cast<void>(read_trace(folder.file("t.h5.tmp")));
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_NE(std::string(error.what()).find("is being written"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace fluxscope::testing
