// `fluxscope export` from its command line to its files.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/command.hpp"
#include "base/error.hpp"
#include "tests/traces/random_trace.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::testing {
namespace {

class ExportCommand : public ::testing::Test {
 protected:
  ExportCommand() {
    app::add_export_command(root_);
    root_.require_subcommand(1);
  }
  void run(std::string const& arguments) { root_.parse("fluxscope export " + arguments, true); }

  TemporaryFolder folder_;
  CLI::App root_{"test"};
};

TEST_F(ExportCommand, WritesBothFormats) {
  traces::write_trace(folder_.file("t.h5"), random_trace(51, 5));

  run(folder_.file("t.h5") + " --to csv -o " + folder_.file("tables"));
  run(folder_.file("t.h5") + " --to perfetto -o " + folder_.file("t.pftrace"));

  EXPECT_TRUE(std::filesystem::exists(folder_.file("tables/cta.csv")));
  EXPECT_GT(std::filesystem::file_size(folder_.file("t.pftrace")), 100u);
}

TEST_F(ExportCommand, RefusesUnknownFormatsAndFilesThatAreNoTraces) {
  std::ofstream(folder_.file("t.h5")) << "no trace";

  EXPECT_THROW(run(folder_.file("t.h5") + " --to json -o x"), CLI::ParseError);
  EXPECT_THROW(run(folder_.file("t.h5") + " -o x"), CLI::ParseError);
  EXPECT_THROW(run(folder_.file("t.h5") + " --to csv -o " + folder_.file("x")), InputError);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("x")));
}

}  // namespace
}  // namespace fluxscope::testing
