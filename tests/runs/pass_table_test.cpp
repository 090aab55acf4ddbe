#include "runs/pass_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fluxscope::runs {
namespace {

using traces::Pass;

TEST(PassTable, APassRunsOnlyWhereCommandLineAndExperimentWantIt) {
  std::vector<Pass> const wanted = {Pass::timing, Pass::activity, Pass::counters};
  plan::MeasureSettings const settings{.counters = false};

  PassTable const passes(wanted, settings);

  EXPECT_TRUE(passes.present(Pass::timing));
  EXPECT_TRUE(passes.present(Pass::activity));
  EXPECT_FALSE(passes.present(Pass::probe));
  EXPECT_FALSE(passes.present(Pass::counters));
  EXPECT_FALSE(passes.present(Pass::overhead));
  EXPECT_EQ(passes.records()[2].reason, "left out by --passes");
  EXPECT_EQ(passes.records()[3].reason, "switched off in the experiment's [measure]");
}

TEST(PassTable, AnExperimentWithoutTheProbeHasNoOverheadOfIt) {
  PassTable const passes(traces::all_passes(), {.probe = false});

  EXPECT_FALSE(passes.present(Pass::probe));
  EXPECT_FALSE(passes.present(Pass::overhead));
  EXPECT_TRUE(passes.present(Pass::counters));
}

TEST(PassTable, EveryPassHasARowAtItsNumber) {
  PassTable const passes({}, {});

  ASSERT_EQ(passes.records().size(), traces::kPasses.size());
  for (std::uint32_t i = 0; i < passes.records().size(); ++i) {
    EXPECT_EQ(passes.records()[i].pass, i);
    EXPECT_EQ(passes.records()[i].name, traces::kPasses[i].name);
  }
}

TEST(PassTable, EveryAbsentPassHasAReasonEveryPresentOneNone) {
  PassTable passes(traces::all_passes(), {});

  passes.absent(Pass::activity, "no CUPTI here");

  for (traces::PassRecord const& record : passes.records()) {
    EXPECT_NE(record.present, !record.reason.empty()) << record.name;
  }
  EXPECT_EQ(passes.records()[1].reason, "no CUPTI here");
}

}  // namespace
}  // namespace fluxscope::runs
