// The order of passes and what becomes of one that cannot run. No case, so no GPU.

#include "profiler/run/stages.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "tests/profiler/fake_libraries.hpp"

namespace fluxscope::profiler {
namespace {

using traces::Pass;

class FakePass : public RunPass {
 public:
  FakePass(Pass pass, std::vector<std::string>& calls) : pass_(pass), calls_(calls) {}
  ~FakePass() override { note("gone"); }

  Pass id() const override { return pass_; }
  std::optional<std::string> unavailable(RunContext&) override { return reason; }
  void begin(RunContext&) override {
    note("begin");
    if (!failure.empty()) throw CuptiError(CUPTI_ERROR_UNKNOWN, failure);
  }
  void run_case(RunContext&, std::size_t, DeviceCase const&, CaseRows&) override { note("case"); }
  void end(RunContext&, CaseRows&) override { note("end"); }

  std::optional<std::string> reason;
  std::string failure;

 private:
  void note(std::string const& what) {
    calls_.push_back(what + " " + std::string(traces::info(pass_).name));
  }

  Pass pass_;
  std::vector<std::string>& calls_;
};

class StagesTest : public ::testing::Test {
 protected:
  ~StagesTest() override { std::filesystem::remove(path_ + ".tmp"); }

  std::unique_ptr<FakePass> fake(Pass pass) { return std::make_unique<FakePass>(pass, calls_); }
  void run(std::unique_ptr<FakePass> first, std::unique_ptr<FakePass> second) {
    Stage stage;
    stage.push_back(std::move(first));
    stage.push_back(std::move(second));
    run_stage(context_, std::move(stage), passes_);
  }
  std::string reason_of(Pass pass) const { return passes_.records()[traces::number(pass)].reason; }

  std::string path_ = (std::filesystem::temp_directory_path() /
                       ("fluxscope_stages_" + std::to_string(getpid()) + ".h5"))
                          .string();
  std::vector<std::string> calls_;
  plan::Experiment experiment_;
  runs::PlannedCases cases_{experiment_, {.sm_count = 1}, 0};
  CaseMemory memory_{1};
  FakeLibraries libraries_;
  Nvml nvml_{libraries_, ""};
  traces::DeviceInfo device_{.sm_count = 1};
  CuptiLibrary cupti_{.reason = "no CUPTI here"};
  ClockCalibration clocks_;
  traces::TraceWriter writer_{path_, {.source = "measured"}, device_, {}};
  Crosschecks crosschecks_;
  runs::Losses losses_;
  RunContext context_{.cases = cases_,
                      .memory = memory_,
                      .nvml = nvml_,
                      .device = device_,
                      .cupti = cupti_,
                      .clocks = clocks_,
                      .tick_ns = 32,
                      .stream = nullptr,
                      .writer = writer_,
                      .crosschecks = crosschecks_,
                      .losses = losses_};
  std::vector<Pass> wanted_ = {Pass::timing, Pass::probe, Pass::activity, Pass::counters};
  runs::PassTable passes_{wanted_, {}};
};

TEST_F(StagesTest, EveryPassIsInOneStageAndTimesComeFirst) {
  auto const stages = all_stages();

  std::map<Pass, int> seen;
  for (Stage const& stage : stages) {
    for (auto const& pass : stage) ++seen[pass->id()];
  }
  EXPECT_EQ(seen.size(), traces::kPasses.size());
  for (auto const& [pass, times] : seen) EXPECT_EQ(times, 1) << traces::info(pass).name;
  EXPECT_EQ(stages[0][0]->id(), Pass::timing);
  EXPECT_EQ(stages[0][1]->id(), Pass::probe);
}

TEST_F(StagesTest, CuptiIsNotTouchedInTheFirstStageAndOnePassAtATimeAfter) {
  auto const stages = all_stages();

  for (auto const& pass : stages[0]) EXPECT_EQ(pass->unavailable(context_), std::nullopt);
  ASSERT_EQ(stages.size(), 3u);
  for (std::size_t i : {1, 2}) {
    ASSERT_EQ(stages[i].size(), 1u);
    EXPECT_EQ(stages[i][0]->unavailable(context_), "no CUPTI here");
  }
}

TEST_F(StagesTest, PassesOfAStageBeginAndEndInOrderAndAreGoneAfterIt) {
  run(fake(Pass::timing), fake(Pass::probe));

  std::vector<std::string> const want = {"begin timing", "begin probe", "end timing",
                                         "end probe",    "gone timing", "gone probe"};
  EXPECT_EQ(calls_, want);
  EXPECT_TRUE(passes_.present(Pass::timing));
}

TEST_F(StagesTest, APassThatNobodyWantsIsNotAsked) {
  auto unwanted = fake(Pass::overhead);
  unwanted->reason = "never read";

  run(std::move(unwanted), fake(Pass::probe));

  EXPECT_EQ(reason_of(Pass::overhead), "left out by --passes");
  EXPECT_TRUE(passes_.present(Pass::probe));
}

TEST_F(StagesTest, AnUnavailablePassIsAbsentWithItsReasonAndTheOthersRun) {
  auto lacking = fake(Pass::counters);
  lacking->reason = "no counters on this machine";

  run(std::move(lacking), fake(Pass::probe));

  EXPECT_EQ(reason_of(Pass::counters), "no counters on this machine");
  EXPECT_FALSE(passes_.present(Pass::counters));
  EXPECT_TRUE(passes_.present(Pass::probe));
  EXPECT_EQ(calls_.front(), "gone counters");
}

TEST_F(StagesTest, WhatCuptiRefusesIsTheReasonInTheTrace) {
  auto failing = fake(Pass::activity);
  failing->failure = "cuptiX: CUPTI_ERROR_UNKNOWN";
  Stage stage;
  stage.push_back(std::move(failing));

  run_stage(context_, std::move(stage), passes_);

  EXPECT_EQ(reason_of(Pass::activity), "cuptiX: CUPTI_ERROR_UNKNOWN");
  EXPECT_EQ(calls_.back(), "gone activity");
}

}  // namespace
}  // namespace fluxscope::profiler
