#include "runs/step/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/step/weights.hpp"
#include "tests/plan/experiment/step_file.hpp"

namespace fluxscope::runs {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class StepMemory : public plan::testing::StepFileTest {
 protected:
  std::string refused(plan::Experiment const& experiment, std::int64_t free_bytes) {
    return fluxscope::testing::refusal([&] { expect_steps_fit(experiment, free_bytes); });
  }
  static std::string of_model(std::string content, std::string const& model) {
    std::string const small = "./small.toml";
    return content.replace(content.find(small), small.size(), model);
  }
};

TEST_F(StepMemory, IsWeightsKvAndActivations) {
  auto const experiment =
      load(steps(kFull, "phase = \"decode\"\nbatches = [2]\nkv_lens_tokens = [4096]\n"));

  StepBytes const bytes = step_bytes(experiment, experiment.steps[0]);

  EXPECT_EQ(bytes.weights, plan::weight_bytes(experiment.model, 1));
  // 4 layers, 2 requests, 2 heads, K and V of 64 elements, bf16.
  EXPECT_EQ(bytes.kv, 4 * 2 * 2 * 4096 * 2 * 64 * 2);
  // 2 tokens: residual and branch of 256, an MLP of 3 x 512, wider than 2 x 256 + 2 x 128; and two
  // rows of 1040 logits.
  EXPECT_EQ(bytes.activations, 2 * (2 * (2 * 256 + 3 * 512) + 2 * 1040));
  EXPECT_EQ(refused(experiment, bytes.total()), "accepted");
  EXPECT_THAT(refused(experiment, bytes.total() - 1), HasSubstr("lower the batch to 1"));
  EXPECT_EQ(refused(experiment, 0), "accepted");  // unknown
}

// Llama-3.1-8B holds 131072 bytes of K and V a token: 64 requests of 131072 are 1099.5 GB. Of
// 141 GB less 16.06 GB of weights: 7 requests (120.3 GB), or 116 blocks of 128 tokens.
TEST_F(StepMemory, ARefusalSaysWhatIsNeededWhatIsFreeAndWhatFits) {
  auto const experiment =
      load(of_model(steps(kFull, "phase = \"decode\"\nbatches = [64]\nkv_lens_tokens = [131072]\n"),
                    "llama-3.1-8b"));

  EXPECT_THAT(refused(experiment, 141'000'000'000),
              AllOf(HasSubstr("weights 16.0 GB, K and V of all layers 1099.5 GB"),
                    HasSubstr("(141.0 GB are free)"),
                    HasSubstr("lower the batch to 7, or kv_len to 14848")));
}

TEST_F(StepMemory, WhereTheWeightsAloneAreTooMuchRanksAreTheWayOut) {
  auto const experiment = load(of_model(steps(kFull), "llama-3.1-70b"));
  EXPECT_THAT(refused(experiment, 80'000'000'000),
              AllOf(HasSubstr("weights 141.1 GB"), HasSubstr("set ranks")));
  auto const ranks = load(of_model(steps(kFull, kDecode, "ranks = 4\n"), "llama-3.1-70b"));
  EXPECT_EQ(refused(ranks, 80'000'000'000), "accepted");
}

}  // namespace
}  // namespace fluxscope::runs
