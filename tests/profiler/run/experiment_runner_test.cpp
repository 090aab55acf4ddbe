#include "profiler/run/experiment_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.hpp"
#include "profiler/cupti/library.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::profiler {
namespace {

TEST(RunExperiment, WithoutAGpuItPointsToTheSimulator) {
  if (find_driver(system_libraries()).usable) GTEST_SKIP() << "this machine has a GPU";

  try {
    auto const path = std::filesystem::temp_directory_path() / "fluxscope_never_written.h5";
    run_experiment({}, {}, OutputFile(path.string(), {.kinds = {traces::trace_kind()}}));
    FAIL() << "expected InputError";
  } catch (InputError const& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("fluxscope simulate"));
  }
}

}  // namespace
}  // namespace fluxscope::profiler
