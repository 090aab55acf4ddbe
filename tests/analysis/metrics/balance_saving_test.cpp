#include "analysis/metrics/balance_saving.hpp"

#include <gtest/gtest.h>

#include "analysis/metrics/metric.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

LaunchMeasure launch(double window_ns, double level_ns, double u_ns) {
  LaunchMeasure measure;
  measure.window_ns = window_ns;
  measure.level = {level_ns, u_ns, true, {}};
  return measure;
}

TEST(BalanceSaving, LaunchesAreSummedBeforeTheyAreDivided) {
  std::vector const launches = {launch(1000, 900, 30), launch(3000, 2100, 60)};

  auto const ratio = metric_named("balance_saving_ratio").compute(launches);
  auto const time = metric_named("balance_saving_us").compute(launches);

  EXPECT_TRUE(close(ratio.value.value(), 1000.0 / 4000, {1e-12, 0}));
  EXPECT_TRUE(close(ratio.uncertainty, 90.0 / 4000, {1e-12, 0}));  // one model: errors add up
  EXPECT_TRUE(close(time.value.value(), 1, {1e-12, 0}));
  EXPECT_TRUE(ratio.significant);
}

TEST(BalanceSaving, LaunchQuickerThanItsModelSavesNothing) {
  std::vector const launches = {launch(1000, 1050, 30)};

  auto const ratio = metric_named("balance_saving_ratio").compute(launches);

  EXPECT_EQ(ratio.value.value(), 0);
  EXPECT_FALSE(ratio.significant);
}

TEST(BalanceSaving, OneLaunchWithoutAModelLeavesTheSumOpen) {
  std::vector launches = {launch(1000, 900, 30), launch(1000, 900, 30)};
  launches[1].level = {};
  launches[1].level.reason = "too few";

  auto const ratio = metric_named("balance_saving_ratio").compute(launches);

  EXPECT_FALSE(ratio.value.has_value());
  EXPECT_EQ(ratio.note, "too few");
}

}  // namespace
}  // namespace fluxscope::analysis
