#include "kernels/routing/router/reference.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"
#include "tests/close.hpp"
#include "tests/kernels/routing/router/problem.hpp"

namespace fluxscope::testing {
namespace {

/// One head, 64 columns; token t holds the value t in every column.
std::vector<float> ramp(std::int32_t tokens) {
  std::vector<float> q;
  for (std::int32_t t = 0; t < tokens; ++t) q.insert(q.end(), 64, static_cast<float>(t));
  return q;
}

double pooled_ramp(std::int32_t tokens, std::int32_t pool_tokens) {
  auto const result = kernels::router_reference(ramp(tokens), tokens, 1, 64, pool_tokens,
                                                random_router_weights(64, 1));
  EXPECT_EQ(result.pooled.size(), 64u);
  return result.pooled[17];
}

constexpr Tolerance kExact{.absolute = 1e-12};

TEST(RouterReference, PoolsTheFirstAndTheLastTokens) {
  // Tokens 0, 1, 2 and 7, 8, 9: (3 + 24) / 6.
  EXPECT_TRUE(close(pooled_ramp(10, 3), 4.5, kExact));
}

TEST(RouterReference, CountsTheTokensOfOverlappingWindowsTwice) {
  // Tokens 0, 1, 2 and 1, 2, 3 of 4: (3 + 6) / 6.
  EXPECT_TRUE(close(pooled_ramp(4, 3), 1.5, kExact));
}

TEST(RouterReference, ClipsTheWindowsToTheSequence) {
  // Both windows are 0, 1: (1 + 1) / 4.
  EXPECT_TRUE(close(pooled_ramp(2, 100), 0.5, kExact));
}

// With zero weights every layer passes on its bias. Head: SiLU(1) = 0.7310585786 per column of the
// 64 inputs of the last layer, whose weight 1/64 sums them to SiLU(1) again.
TEST(RouterReference, AppliesSiluBeforeTheLastLayerAndNotAfterIt) {
  kernels::RouterReferenceWeights weights = random_router_weights(64, 1);
  for (auto& weight : weights.weight) std::fill(weight.begin(), weight.end(), 0.0f);
  std::fill(weights.bias[3].begin(), weights.bias[3].end(), 1.0f);
  std::fill_n(weights.weight[4].begin() + 64, 64, 1.0f / 64);
  weights.bias[4] = {2.0f, 0.0f};

  auto const result = kernels::router_reference(ramp(5), 5, 1, 64, 100, weights);

  EXPECT_TRUE(close(result.logits[0], 2.0, kExact));
  EXPECT_TRUE(close(result.logits[1], 0.7310585786300049, kExact));
  EXPECT_EQ(result.gate, 0);
}

TEST(RouterReference, HasTheParameterCountOfTheReleasedRouter) {
  auto const weights = random_router_weights(128, 1);
  std::size_t parameters = 0;
  for (auto const& weight : weights.weight) parameters += weight.size();
  for (auto const& bias : weights.bias) parameters += bias.size();
  EXPECT_EQ(
      parameters,
      592002u);  // 128-1024-256 and 256-512-128-2 with biases, AttentionRouter of FluxAttention
}

TEST(RouterReference, RefusesQueriesOfAnotherSize) {
  EXPECT_THROW(
      (void)kernels::router_reference(ramp(5), 4, 1, 64, 100, random_router_weights(64, 1)),
      ContractError);
}

}  // namespace
}  // namespace fluxscope::testing
