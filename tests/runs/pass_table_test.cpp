#include "runs/pass_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fluxscope::runs {
namespace {

TEST(PassTable, APassRunsOnlyWhereCommandLineAndExperimentWantIt) {
  std::vector<int> const wanted = {0, 1, 3};
  plan::MeasureSettings const settings{.counters = false};

  PassTable const passes(wanted, settings);

  EXPECT_TRUE(passes.present(0));
  EXPECT_TRUE(passes.present(1));
  EXPECT_FALSE(passes.present(2));
  EXPECT_FALSE(passes.present(3));
  EXPECT_EQ(passes.records()[2].reason, "left out by --passes");
  EXPECT_EQ(passes.records()[3].reason, "switched off in the experiment's [measure]");
}

TEST(PassTable, EveryAbsentPassHasAReasonEveryPresentOneNone) {
  std::vector<int> const wanted = {0, 1, 2, 3};
  PassTable passes(wanted, {});

  passes.absent(1, "no CUPTI here");

  for (traces::PassRecord const& record : passes.records()) {
    EXPECT_NE(record.present, !record.reason.empty()) << record.name;
  }
  EXPECT_EQ(passes.records()[1].reason, "no CUPTI here");
}

}  // namespace
}  // namespace fluxscope::runs
