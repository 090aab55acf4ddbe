// Router weights from files; no GPU needed.

#include "kernels/routing/router/weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tests/base/files/unreadable.hpp"
#include "tests/kernels/routing/router/checkpoint.hpp"
#include "tests/kernels/routing/router/problem.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string text_of(std::vector<std::uint8_t> const& bytes) { return {bytes.begin(), bytes.end()}; }

/// The message of the InputError of loading layer `layer` of the checkpoint.
std::string load_refusal(std::string const& path, std::int32_t layer = 3,
                         std::int32_t head_dim = 64) {
  return refusal([&] { (void)kernels::RouterCheckpoint(path).load(layer, head_dim); });
}

// The names as the released model spells them, by hand.
TEST(RouterWeights, AreNamedAsInTheReleasedModel) {
  EXPECT_EQ(kernels::router_tensor_name(0, 0, "weight"),
            "model.layers.0.self_attn.mask_allocator.cls_feat_extractor.0.weight");
  EXPECT_EQ(kernels::router_tensor_name(31, 4, "bias"),
            "model.layers.31.self_attn.mask_allocator.cls_router_head_agnostic.4.bias");
}

TEST(RouterWeights, LayersAreFoundInTheirPartOfTheCheckpoint) {
  CheckpointFolder const folder;
  auto const third = random_router_weights(128, 3);
  auto const ninth = random_router_weights(128, 9);
  folder.write("model-00001-of-00002.safetensors", router_tensors(3, 128, third, "BF16"));
  folder.write("model-00002-of-00002.safetensors", router_tensors(9, 128, ninth, "F32"));
  kernels::RouterCheckpoint const checkpoint(folder.path());

  auto const bf16 = checkpoint.load(3, 128);
  auto const f32 = checkpoint.load(9, 128);

  EXPECT_EQ(bf16.type, kernels::RouterWeightType::bfloat16);
  EXPECT_EQ(f32.type, kernels::RouterWeightType::float32);
  for (std::size_t i = 0; i < kernels::kRouterLayers; ++i) {
    EXPECT_EQ(text_of(bf16.weight[i]), stored_values(third.weight[i], "BF16"));
    EXPECT_EQ(text_of(bf16.bias[i]), stored_values(third.bias[i], "BF16"));
    EXPECT_EQ(text_of(f32.weight[i]), stored_values(ninth.weight[i], "F32"));
    EXPECT_EQ(text_of(f32.bias[i]), stored_values(ninth.bias[i], "F32"));
  }
  EXPECT_EQ(load_refusal(folder.path("model-00002-of-00002.safetensors"), 9, 128), "accepted");
  // 592,002 parameters (128-1024-256 and 256-512-128-2 with biases), each tensor padded to 16
  // bytes: only the last bias, 2 values of 2 or 4 bytes, is not a multiple.
  EXPECT_EQ(kernels::router_weight_bytes(bf16), 592'000u * 2 + 16);
  EXPECT_EQ(kernels::router_weight_bytes(f32), 592'000u * 4 + 16);
}

TEST(RouterWeights, TheMissingOrMisshapenTensorIsNamed) {
  CheckpointFolder const folder;
  auto const weights = random_router_weights(64, 1);
  auto const good = router_tensors(3, 64, weights, "F32");
  auto const bias = kernels::router_tensor_name(3, 2, "bias");

  folder.write("a.safetensors", good);
  EXPECT_EQ(load_refusal(folder.path()), "accepted");
  EXPECT_THAT(load_refusal(folder.path(), 4),
              AllOf(HasSubstr("layers.4."), HasSubstr("is missing")));
  EXPECT_THAT(load_refusal(folder.path(), 3, 128),
              AllOf(HasSubstr("is [512, 64]"), HasSubstr("[1024, 128]")));
  EXPECT_THAT(load_refusal(folder.path(), 3, 96), HasSubstr("64 or 128"));

  auto tensors = good;
  tensors.erase(bias);
  folder.write("a.safetensors", tensors);
  EXPECT_THAT(load_refusal(folder.path()), AllOf(HasSubstr(bias), HasSubstr("is missing")));

  tensors[bias] = {"F32", {1, 256}, good.at(bias).bytes};
  folder.write("a.safetensors", tensors);
  EXPECT_THAT(load_refusal(folder.path()),
              AllOf(HasSubstr(bias), HasSubstr("is [1, 256]"), HasSubstr("needs [256]")));

  tensors[bias] = {"BF16", {256}, good.at(bias).bytes.substr(0, 512)};
  folder.write("a.safetensors", tensors);
  EXPECT_THAT(load_refusal(folder.path()), AllOf(HasSubstr(bias), HasSubstr("another type")));

  tensors[bias] = {"F16", {256}, good.at(bias).bytes.substr(0, 512)};
  folder.write("a.safetensors", tensors);
  EXPECT_THAT(load_refusal(folder.path()), AllOf(HasSubstr(bias), HasSubstr("F32 or BF16")));
}

TEST(RouterWeights, APathWithoutTensorFilesIsRefused) {
  CheckpointFolder const folder;
  EXPECT_THAT(load_refusal(folder.path()), HasSubstr("no .safetensors file"));
  EXPECT_THAT(load_refusal(folder.path("none.safetensors")), HasSubstr("cannot be opened"));
  write_bytes(folder.path("model.safetensors.index.json"), "{}");
  EXPECT_THAT(load_refusal(folder.path()), HasSubstr(folder.path() + ": no .safetensors file"));
}

// Two copies of a checkpoint in one folder, whole and in parts.
TEST(RouterWeights, ATensorOfTwoPartsIsRefusedWithBoth) {
  CheckpointFolder const folder;
  auto const weights = random_router_weights(64, 1);
  auto const bias = kernels::router_tensor_name(3, 2, "bias");
  auto const whole = router_tensors(3, 64, weights, "F32");
  folder.write("a.safetensors", whole);
  folder.write("b.safetensors", router_tensors(4, 64, weights, "F32"));
  ASSERT_EQ(load_refusal(folder.path()), "accepted");

  folder.write("c.safetensors", {{bias, whole.at(bias)}});

  EXPECT_THAT(load_refusal(folder.path()),
              AllOf(HasSubstr(folder.path("a.safetensors")), HasSubstr(bias),
                    HasSubstr("c.safetensors as well")));
  EXPECT_EQ(load_refusal(folder.path(), 4), "accepted") << "the layer is in one part";
}

TEST(RouterWeights, AnUnreadableFolderIsNotAnEmptyOne) {
  CheckpointFolder const folder;
  folder.write("a.safetensors", router_tensors(3, 64, random_router_weights(64, 1), "F32"));
  ASSERT_EQ(load_refusal(folder.path()), "accepted");

  Unreadable const unreadable(folder.path());
  if (!unreadable.holds()) GTEST_SKIP() << "no permission stops this user";

  EXPECT_THAT(load_refusal(folder.path()),
              AllOf(HasSubstr(folder.path() + ": Permission denied"), HasSubstr("permissions")));
}

}  // namespace
}  // namespace fluxscope::testing
