#include "sim/calibrate/hold_out_axes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace fluxscope::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CaseAxis const& axis(std::string const& by) {
  auto const& axes = case_axes();
  return *std::find_if(axes.begin(), axes.end(), [&](auto const& one) { return one.by == by; });
}

CalibrationData with_batches(std::vector<std::int32_t> const& batches) {
  CalibrationData data;
  for (std::int32_t const batch : batches) {
    data.cases.push_back({.phase = plan::Phase::decode, .batch = batch});
  }
  return data;
}

TEST(HoldOutFolds, CasesOfOneValueAreInOneFold) {
  auto const data = with_batches({1, 4, 1, 8, 4});

  EXPECT_THAT(folds_by(data, axis("batch"), plan::Phase::decode, 4),
              ElementsAre(ElementsAre(0, 2), ElementsAre(1, 4), ElementsAre(3)));
  // Two folds: 1 and 8 together.
  EXPECT_THAT(folds_by(data, axis("batch"), plan::Phase::decode, 2),
              ElementsAre(ElementsAre(0, 2, 3), ElementsAre(1, 4)));
}

TEST(HoldOutFolds, OneValueTeachesNothingOfOthers) {
  EXPECT_THAT(folds_by(with_batches({4, 4}), axis("batch"), plan::Phase::decode, 4), IsEmpty());
  EXPECT_THAT(folds_by(with_batches({1, 4}), axis("batch"), plan::Phase::prefill, 4), IsEmpty());
}

TEST(HoldOutAxes, EachTellsItsOwnDifferenceApart) {
  CalibrationCase const one{.batch = 1,
                            .q_len = 8,
                            .kv_len = 8,
                            .window = "streaming 1/2/0",
                            .execution = "fused",
                            .scheduler = "natural",
                            .head_dim = 128,
                            .q_heads = 32,
                            .kv_heads = 8,
                            .full_kv_heads = 4};
  auto const differs = [&](std::string const& by, auto change) {
    CalibrationCase other = one;
    change(other);
    return axis(by).value_of(one) != axis(by).value_of(other);
  };
  EXPECT_TRUE(differs("context", [](auto& c) { c.kv_len = 9; }));
  EXPECT_TRUE(differs("context", [](auto& c) { c.q_len = 4; }));
  EXPECT_TRUE(differs("batch", [](auto& c) { c.batch = 2; }));
  EXPECT_TRUE(differs("window", [](auto& c) { c.window = "streaming 1/4/0"; }));
  EXPECT_TRUE(differs("full heads", [](auto& c) { c.full_kv_heads = 5; }));
  EXPECT_TRUE(differs("execution", [](auto& c) { c.execution = "masked"; }));
  EXPECT_TRUE(differs("order", [](auto& c) { c.scheduler = "persistent"; }));
  EXPECT_TRUE(differs("shape", [](auto& c) { c.head_dim = 64; }));
  EXPECT_FALSE(differs("shape", [](auto& c) { c.batch = 2; }));
}

}  // namespace
}  // namespace fluxscope::sim
