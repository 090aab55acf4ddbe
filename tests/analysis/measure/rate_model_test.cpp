#include "analysis/measure/rate_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/close.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

constexpr std::array kTwoSms = {SmSpan{0, 100, 1}, SmSpan{20, 60, 0.5}};

TEST(RateModel, RateIsLinearForFewSmsAndEndsAtTheSharedLimit) {
  RateModel const model{.alone_blocks_per_ns = 2, .most_blocks_per_ns = 100, .exponent = 3};

  EXPECT_TRUE(close(model.blocks_per_ns(1), 2, {0, 1e-5}));
  EXPECT_TRUE(close(model.blocks_per_ns(5000), 100, {0, 1e-5}));
  // Where the two meet, 2 n = 100, the sum of two equal powers: 100 / 2^(1/3).
  EXPECT_TRUE(close(model.blocks_per_ns(50), 100 / std::cbrt(2.0), {0, 1e-12}));
}

TEST(RateModel, BlocksAreTheIntegralOverTheActiveSms) {
  auto const sample = rate_sample(kTwoSms, 100, 1, 2);
  RateModel const straight{.alone_blocks_per_ns = 3};
  RateModel const late{.alone_blocks_per_ns = 3, .start_ns = 10};
  RateModel const later{.alone_blocks_per_ns = 3, .start_ns = 50};

  EXPECT_TRUE(close(straight.blocks(sample), 3 * (100 + 0.5 * 40), {0, 1e-12}));
  EXPECT_TRUE(close(late.blocks(sample), 3 * (90 + 0.5 * 30), {0, 1e-12}));
  // The second SM ends before it would draw anything.
  EXPECT_TRUE(close(later.blocks(sample), 3 * 50, {0, 1e-12}));
}

TEST(RateModel, BentIntegralTakesTheRateOfEachStep) {
  auto const sample = rate_sample(kTwoSms, 100, 1, 2);
  RateModel const model{.alone_blocks_per_ns = 1, .most_blocks_per_ns = 1, .exponent = 1};

  // R(n) = n / (1 + n): 60 ns with one SM, 40 ns with one and a half.
  EXPECT_TRUE(close(model.blocks(sample), 60 * 0.5 + 40 * 0.6, {0, 1e-12}));
}

TEST(RateModel, ResidualIsTheLogarithmOfPredictedOverMeasuredWindow) {
  // 2 tiles of 0.5 blocks beside the 89 that they visit: 90 blocks, 1 block / ns after 10 ns, of
  // one SM that was active for 190 ns. Predicted: 10 + 180 * 90 / 180 = 100 ns.
  std::array const span = {SmSpan{0, 190, 1}};
  RateModel const model{.alone_blocks_per_ns = 1, .start_ns = 10, .tile_blocks = 0.5};

  auto const sample = rate_sample(span, 190, 89, 2);

  EXPECT_TRUE(close(model.residual(sample), std::log(100.0 / 190), {0, 1e-12}));
  EXPECT_TRUE(close(model.level_window_ns(sample, 1), 100, {0, 1e-12}));
}

/// Launches of 16 SMs, of which k are active for the whole time and the rest for a third of it.
std::vector<RateSample> samples_of(RateModel const& truth) {
  std::vector<RateSample> samples;
  for (int k = 1; k <= 16; ++k) {
    double const window_ns = 40'000.0 + 13'000 * (k % 4);
    std::vector<SmSpan> spans;
    for (int sm = 0; sm < 16; ++sm) spans.push_back({0, sm < k ? window_ns : window_ns / 3, 1});
    double const tiles = 16 + 40 * (k % 3);
    auto sample = rate_sample(spans, window_ns, 1, tiles);
    sample.visited_blocks = truth.blocks(sample) - truth.tile_blocks * tiles;
    samples.push_back(sample);
  }
  return samples;
}

TEST(RateModel, FitGivesBackTheParametersThatMadeTheLaunches) {
  RateModel const truth{.alone_blocks_per_ns = 0.01,
                        .most_blocks_per_ns = 0.08,
                        .exponent = 3,
                        .start_ns = 2000,
                        .tile_blocks = 1.5};

  auto const fit = fit_rate_model(samples_of(truth), RateShape::bent);

  // No noise: what is left is where the search stops.
  EXPECT_TRUE(close(fit.alone_blocks_per_ns, truth.alone_blocks_per_ns, {0, 0.01}));
  EXPECT_TRUE(close(fit.most_blocks_per_ns, truth.most_blocks_per_ns, {0, 0.01}));
  EXPECT_TRUE(close(fit.exponent, truth.exponent, {0, 0.05}));
  EXPECT_TRUE(close(fit.start_ns, truth.start_ns, {0, 0.05}));
  EXPECT_TRUE(close(fit.tile_blocks, truth.tile_blocks, {0, 0.05}));
}

TEST(RateModel, StraightFitGivesBackTheRateOfOneSm) {
  RateModel const truth{.alone_blocks_per_ns = 0.01, .start_ns = 2000, .tile_blocks = 1.5};

  auto const fit = fit_rate_model(samples_of(truth), RateShape::straight);

  EXPECT_TRUE(close(fit.alone_blocks_per_ns, truth.alone_blocks_per_ns, {0, 1e-3}));
  EXPECT_TRUE(std::isinf(fit.most_blocks_per_ns));
}

TEST(RateModel, FewerSamplesThanParametersAreRefused) {
  auto const samples = samples_of({.alone_blocks_per_ns = 0.01});

  EXPECT_THROW((void)fit_rate_model(std::span(samples).first(4), RateShape::bent), ContractError);
  EXPECT_THROW((void)fit_rate_model(std::span(samples).first(2), RateShape::straight),
               ContractError);
}

}  // namespace
}  // namespace fluxscope::analysis
