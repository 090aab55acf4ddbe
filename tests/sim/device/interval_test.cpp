#include "sim/device/interval.hpp"

#include <gtest/gtest.h>

namespace fluxscope::sim {
namespace {

TEST(PredictionInterval, AnExtrapolatedOneIsThatOfCasesBeyondTheFit) {
  PhaseEvidence const evidence{
      .low_ratio = 0.9, .high_ratio = 1.1, .beyond_low_ratio = 0.7, .beyond_high_ratio = 1.4};

  EXPECT_EQ(prediction_interval(evidence, "interpolated").low, 0.9);
  EXPECT_EQ(prediction_interval(evidence, "calibrated").high, 1.1);
  EXPECT_EQ(prediction_interval(evidence, "extrapolated").low, 0.7);
  EXPECT_EQ(prediction_interval(evidence, "extrapolated").high, 1.4);
}

TEST(PredictionInterval, IsNeverNarrowerBeyondAndTheSameWhereNothingIsKnown) {
  PhaseEvidence evidence{.low_ratio = 0.9, .high_ratio = 1.1};
  EXPECT_EQ(prediction_interval(evidence, "extrapolated").low, 0.9);
  EXPECT_EQ(prediction_interval(evidence, "extrapolated").high, 1.1);

  evidence.beyond_low_ratio = 0.95;
  evidence.beyond_high_ratio = 1.05;
  EXPECT_EQ(prediction_interval(evidence, "extrapolated").low, 0.9);
  EXPECT_EQ(prediction_interval(evidence, "extrapolated").high, 1.1);
}

}  // namespace
}  // namespace fluxscope::sim
