#include "kernels/dense/rope_append/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/random.hpp"
#include "kernels/dense/rope_append/frequency.hpp"
#include "tests/close.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

using Row = std::vector<double>;
using ::testing::HasSubstr;

constexpr kernels::RopeReferenceShape kOneHead{.q_heads = 1, .kv_heads = 1, .head_dim = 4};
// A quarter turn in fp32 is 4.4e-8 more: of numbers up to 8 the result is 3.5e-7 off.
constexpr auto kQuarter = static_cast<float>(std::numbers::pi / 2);
constexpr Tolerance kQuarterTurn{.absolute = 4e-7};

// Elements 0 and 2 are a pair: a quarter turn makes (1, 3) to (-3, 1). The other pair stays.
TEST(RopeReference, TurnsTheTwoHalvesOfAHeadAgainstEachOther) {
  Row const qkv = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  auto const one = kernels::rope_append_reference(qkv, 1, kOneHead, {.frequency = {kQuarter, 0}});
  EXPECT_TRUE(all_close(one.q, Row{-3, 2, 1, 4}, kQuarterTurn));
  EXPECT_TRUE(all_close(one.k, Row{-7, 6, 5, 8}, kQuarterTurn));
  EXPECT_EQ(one.v, (Row{9, 10, 11, 12}));
  EXPECT_EQ(one.router_q, (Row{1, 2, 3, 4}));
}

// Mean square of 2, 2, 2, 2 is 4: normed to 1, times the weight.
TEST(RopeReference, NormsQAndKByTheirOwnWeightsAndNotV) {
  Row const qkv(12, 2.0);
  auto const one = kernels::rope_append_reference(
      qkv, 0, kOneHead, {.q_weight = {1, 2, 3, 4}, .k_weight = {5, 6, 7, 8}, .frequency = {1, 1}});
  EXPECT_TRUE(all_close(one.q, Row{1, 2, 3, 4}, {.absolute = 1e-12}));
  EXPECT_TRUE(all_close(one.k, Row{5, 6, 7, 8}, {.absolute = 1e-12}));
  EXPECT_EQ(one.v, Row(4, 2.0));
}

TEST(RopeReference, ScoresDependOnTheDistanceOfPositionsAlone) {
  Random random(7);
  constexpr kernels::RopeReferenceShape kShape{.q_heads = 1, .kv_heads = 1, .head_dim = 64};
  Row qkv;
  for (int i = 0; i < 192; ++i) qkv.push_back(random.unit() - 0.5);
  kernels::RopeReferenceWeights const weights{.frequency = kernels::rope_frequency(64, 10000, {})};
  auto const score = [&](std::int64_t q, std::int64_t k) {
    auto const query = kernels::rope_append_reference(qkv, q, kShape, weights).q;
    auto const key = kernels::rope_append_reference(qkv, k, kShape, weights).k;
    double sum = 0;
    for (std::size_t i = 0; i < 64; ++i) sum += query[i] * key[i];
    return sum;
  };
  EXPECT_TRUE(close(score(1000, 930), score(75, 5), {.absolute = 1e-9}));
  EXPECT_FALSE(close(score(1000, 930), score(75, 6), {.absolute = 1e-3}));
}

TEST(RopeReference, RefusesSizesThatDoNotMatch) {
  EXPECT_THROW((void)kernels::rope_append_reference(Row(11), 0, kOneHead, {.frequency = {1, 1}}),
               ContractError);
  EXPECT_THROW((void)kernels::rope_append_reference(Row(12), 0, kOneHead, {.frequency = {1}}),
               ContractError);
}

TEST(RopeFrequency, FallsFromOneByTheRootsOfTheta) {
  auto const frequency = kernels::rope_frequency(4, 10000, {});
  EXPECT_TRUE(all_close(frequency, Row{1, 0.01}, {.relative = 1e-7}));
}

// Waves in 8,192 tokens: 1,304 at frequency 1, 13.04 at 0.01, 2 at 0.00153 and 0.13 at 0.0001.
// Above four nothing changes, below one it is an eighth, and 2 lies a third of the way up from 1 to
// 4: 2/3 of an eighth and 1/3 of the whole.
TEST(RopeFrequency, LongWavesAreStretchedAndThoseBetweenByALine) {
  auto const second = [](double frequency) {
    return double{
        kernels::rope_frequency(4, 1 / (frequency * frequency), kernels::Llama3Scaling{})[1]};
  };
  double const two_waves = 2 * 2 * std::numbers::pi / 8192;
  EXPECT_TRUE(close(second(0.01), 0.01, {.relative = 1e-7}));
  EXPECT_TRUE(close(second(0.0001), 0.0001 / 8, {.relative = 1e-7}));
  EXPECT_TRUE(close(second(two_waves), two_waves * (2.0 / 24 + 1.0 / 3), {.relative = 1e-7}));
}

TEST(RopeFrequency, NamesWhatItDoesNotTake) {
  EXPECT_THAT(refusal([] { (void)kernels::rope_frequency(63, 10000, {}); }),
              HasSubstr("head_dim is 63"));
  EXPECT_THAT(refusal([] { (void)kernels::rope_frequency(64, 0, {}); }),
              HasSubstr("rope theta is 0"));
}

}  // namespace
}  // namespace fluxscope::testing
