#include "profiler/run/experiment_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "profiler/cupti/library.hpp"

namespace fluxscope::profiler {
namespace {

TEST(RunExperiment, WithoutAGpuItPointsToTheSimulator) {
  if (find_driver(system_libraries()).usable) GTEST_SKIP() << "this machine has a GPU";

  try {
    run_experiment({}, {.output = "never_written.h5"});
    FAIL() << "expected InputError";
  } catch (InputError const& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("fluxscope simulate"));
  }
}

}  // namespace
}  // namespace fluxscope::profiler
