#include "plan/decisions/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files/config_path.hpp"
#include "tests/plan/temporary_folder.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string const kText =
    "name = \"m\"\nlayers = 2\nhidden_size = 256\nintermediate_size = 512\nvocab_size = 1000\n"
    "q_heads = 4\nkv_heads = 2\nhead_dim = 64\n";

class ModelFile : public testing::TemporaryFolder {
 protected:
  std::string message(std::string const& from, std::string const& to) {
    std::string text = kText;
    text.replace(text.find(from), from.size(), to);
    return testing::problem([&] { return load_model(write("m.toml", text)); });
  }
};

TEST_F(ModelFile, IsRead) {
  Model const model = load_model(write("m.toml", kText));

  EXPECT_EQ(model.name, "m");
  EXPECT_EQ(model.layers, 2);
  EXPECT_EQ(model.hidden_size, 256);
  EXPECT_EQ(model.intermediate_size, 512);
  EXPECT_EQ(model.vocab_size, 1000);
  EXPECT_EQ(model.attention, (AttentionShape{.q_heads = 4, .kv_heads = 2, .head_dim = 64}));
}

TEST_F(ModelFile, BadShapesAreNamedWithFileAndLine) {
  EXPECT_THAT(message("kv_heads = 2", "kv_heads = 3"),
              AllOf(HasSubstr("m.toml:6: "), HasSubstr("kv_heads = 3")));
  EXPECT_THAT(message("head_dim = 64", "head_dim = 80"), HasSubstr("head_dim = 80"));
  EXPECT_THAT(message("layers = 2", "layers = 0"), HasSubstr("m.toml:2: layers = 0"));
  EXPECT_THAT(message("layers = 2", "layers = 2.5"), HasSubstr("m.toml:2: "));
  EXPECT_THAT(message("layers = 2", "layer = 2"),
              AllOf(HasSubstr("'layers' is missing"), HasSubstr("'layer'")));
  EXPECT_THAT(message("layers = 2", "layers = 2\nrope = 1"), HasSubstr("m.toml:3: unknown key"));
}

TEST_F(ModelFile, ALayerMapSaysWhatEachLayerReads) {
  Model const model =
      load_model(write("m.toml", kText + "experts = 8\nlayer_windows_tokens = [128, 0]\n" +
                                     "layer_index_tokens = [0, 2048]\n"));

  EXPECT_EQ(model.experts, 8);
  EXPECT_EQ(model.own, (std::vector<OwnAttention>{{OwnAttention::Kind::window, 128},
                                                  {OwnAttention::Kind::index_blocks, 2048}}));
  EXPECT_EQ(own_attention_text(model), "1 of 2: index 2048, 1 of 2: window 128");
  EXPECT_EQ(own_attention_text(load_model(write("m.toml", kText))), "-");
}

TEST_F(ModelFile, ABadLayerMapIsNamedWithFileAndLine) {
  std::string const map = "head_dim = 64\nlayer_windows_tokens = ";
  EXPECT_THAT(message("head_dim = 64", map + "[128]"),
              AllOf(HasSubstr("m.toml:9: layer_windows_tokens has 1 numbers"),
                    HasSubstr("layers is 2"), HasSubstr("give one per layer")));
  EXPECT_THAT(message("head_dim = 64", map + "[128, -1]"), HasSubstr("m.toml:9: "));
  EXPECT_THAT(message("head_dim = 64", map + "[128, 0]\nlayer_index_tokens = [2048, 0]"),
              HasSubstr("m.toml:10: layer 0 has a window and layer_index_tokens"));
}

TEST(ShippedModels, HybridsHaveTheirLayerMap) {
  auto const text = [](std::string const& name) {
    return own_attention_text(load_model(config_path("models", name)));
  };
  EXPECT_EQ(text("gpt-oss-20b"), "12 of 24: window 128");
  EXPECT_EQ(text("step-3.7-flash"), "33 of 45: window 512");
  EXPECT_EQ(text("minimax-m3"), "57 of 60: index 2048");
  EXPECT_EQ(load_model(config_path("models", "gpt-oss-20b")).own[0].tokens, 128);
}

TEST(ShippedModels, AreTheResearchersShapes) {
  // KV bytes per token in bf16: layers x 2 x kv_heads x head_dim x 2.
  auto const kv_bytes = [](std::string const& name) {
    Model const model = load_model(config_path("models", name));
    EXPECT_EQ(model.name, name);
    return std::int64_t{4} * model.layers * model.attention.kv_heads * model.attention.head_dim;
  };

  EXPECT_EQ(kv_bytes("llama-3.1-8b"), 131072);
  EXPECT_EQ(kv_bytes("qwen3-4b"), 147456);
  EXPECT_EQ(kv_bytes("qwen3-8b"), 147456);
  EXPECT_EQ(kv_bytes("llama-3.1-70b"), 327680);
}

TEST(ShippedModels, HaveTheLinearParametersOfTheirNames) {
  // Without embeddings: per layer q, k, v, o and three MLP matrices.
  auto const billions = [](std::string const& name) {
    Model const m = load_model(config_path("models", name));
    double const q = static_cast<double>(m.attention.q_heads) * m.attention.head_dim;
    double const kv = static_cast<double>(m.attention.kv_heads) * m.attention.head_dim;
    double const per_layer =
        static_cast<double>(m.hidden_size) * (2 * q + 2 * kv + 3.0 * m.intermediate_size);
    return m.layers * per_layer / 1e9;
  };

  EXPECT_NEAR(billions("llama-3.1-8b"), 6.979, 5e-4);
  EXPECT_NEAR(billions("qwen3-4b"), 3.633, 5e-4);
  EXPECT_NEAR(billions("qwen3-8b"), 6.946, 5e-4);
  // 80 x 8192 x (16384 + 2048 + 86016) = 68.45e9, with 2 x 1.05e9 of embeddings the name's 70.
  EXPECT_NEAR(billions("llama-3.1-70b"), 68.45, 5e-3);
}

}  // namespace
}  // namespace fluxscope::plan
