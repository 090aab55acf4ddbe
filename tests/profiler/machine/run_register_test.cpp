#include "profiler/machine/run_register.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace fluxscope::profiler {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kGpu[] = "0000:0f:00.0";
constexpr std::int64_t kNobody = std::int64_t{1} << 30;  // above the largest process id of Linux

class RunRegisterTest : public ::testing::Test {
 protected:
  RunRegisterTest() { std::filesystem::create_directories(folder_); }
  ~RunRegisterTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_ = ::testing::TempDir() + "fluxscope_run_register";
};

TEST_F(RunRegisterTest, AFirstRunIsAlone) {
  RunRegister const run(folder_, kGpu, 1);
  EXPECT_THAT(run.others(), IsEmpty());
}

TEST_F(RunRegisterTest, TwoRunsOfOneGpuKnowOfEachOther) {
  RunRegister const first(folder_, kGpu, getppid());
  RunRegister const second(folder_, kGpu, getpid());
  EXPECT_THAT(first.others(), ElementsAre(getpid()));
  EXPECT_THAT(second.others(), ElementsAre(getppid()));
}

TEST_F(RunRegisterTest, ARunThatEndedDuringTheFirstStaysKnownToItAlone) {
  RunRegister const first(folder_, kGpu, getppid());
  { RunRegister const second(folder_, kGpu, kNobody); }
  RunRegister const third(folder_, kGpu, getpid());
  EXPECT_THAT(first.others(), ElementsAre(kNobody, getpid()));
  EXPECT_THAT(third.others(), ElementsAre(getppid())) << "the second had ended before";
}

TEST_F(RunRegisterTest, RunsOnOtherGpusAreNone) {
  RunRegister const first(folder_, kGpu, getppid());
  RunRegister const second(folder_, "0000:10:00.0", getpid());
  EXPECT_THAT(first.others(), IsEmpty());
  EXPECT_THAT(second.others(), IsEmpty());
}

TEST_F(RunRegisterTest, WhatAnEarlierRunLeftIsForgotten) {
  { RunRegister const first(folder_, kGpu, getppid()); }
  RunRegister const second(folder_, kGpu, getpid());
  EXPECT_THAT(second.others(), IsEmpty());
}

TEST_F(RunRegisterTest, AFolderThatIsNotThereMakesARunOfNobody) {
  RunRegister const run(folder_ + "/gone", kGpu, getpid());
  EXPECT_THAT(run.others(), IsEmpty());
}

TEST_F(RunRegisterTest, OtherTextInTheFileIsNoRun) {
  RunRegister const first(folder_, kGpu, getppid());
  std::ofstream(folder_ + "/fluxscope-gpu-" + kGpu + ".runs", std::ios::app) << "words\n";
  EXPECT_THAT(first.others(), IsEmpty());
}

}  // namespace
}  // namespace fluxscope::profiler
