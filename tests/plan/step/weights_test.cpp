#include "plan/step/weights.hpp"

#include <gtest/gtest.h>

#include "tests/plan/step/models.hpp"

namespace fluxscope::plan {
namespace {

using testing::shipped_model;

TEST(Weights, ShippedModelsHaveThePublishedNumberOfParameters) {
  // Sums over the tensors of the published checkpoints, as their model cards state them.
  EXPECT_EQ(parameter_count(shipped_model("llama-3.1-8b")), 8'030'261'248);
  EXPECT_EQ(parameter_count(shipped_model("llama-3.1-70b")), 70'553'706'496);
  EXPECT_EQ(parameter_count(shipped_model("qwen3-4b")), 4'022'468'096);
  EXPECT_EQ(parameter_count(shipped_model("qwen3-8b")), 8'190'735'360);
}

TEST(Weights, OfOneRankAreAllOfThem) {
  auto const model = shipped_model("qwen3-4b");
  EXPECT_EQ(weight_bytes(model, 1), 2 * parameter_count(model));
}

TEST(Weights, EveryRankHoldsEmbeddingAndNormsWhole) {
  auto const model = shipped_model("llama-3.1-70b");
  // Embedding 128,256 x 8,192, two norms a layer and the last one.
  std::int64_t const whole = std::int64_t{128'256} * 8'192 + (2 * 80 + 1) * 8'192;
  EXPECT_EQ(8 * (weight_bytes(model, 8) - 2 * whole), weight_bytes(model, 1) - 2 * whole);
}

}  // namespace
}  // namespace fluxscope::plan
