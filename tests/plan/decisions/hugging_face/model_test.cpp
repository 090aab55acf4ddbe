#include "plan/decisions/hugging_face/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/plan/temporary_folder.hpp"

namespace fluxscope::plan::hugging_face {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using Kind = OwnAttention::Kind;

OwnAttention const kFull;
OwnAttention const kWindow{Kind::window, 512};

/// Four layers, 8 query heads in groups of 4, head_dim 1024 / 8 = 128.
Json config(Json const& further = Json::object()) {
  Json whole = {{"model_type", "some"},     {"num_hidden_layers", 4}, {"hidden_size", 1024},
                {"num_attention_heads", 8}, {"vocab_size", 32000},    {"num_key_value_heads", 2},
                {"intermediate_size", 4096}};
  whole.merge_patch(further);
  return whole;
}

Model read(Json const& whole) { return model_from(whole.dump(1), "some/config.json"); }
Model with(Json const& further) { return read(config(further)); }
std::string problem(Json const& further) {
  return fluxscope::testing::refusal([&] { (void)with(further); });
}
std::vector<OwnAttention> own(Json const& further) { return with(further).own; }

TEST(HuggingFaceModel, IsReadWithItsSizes) {
  Model const model = with({{"num_local_experts", nullptr}, {"sliding_window", nullptr}});

  EXPECT_EQ(model.name, "some");
  EXPECT_EQ(model.layers, 4);
  EXPECT_EQ(model.hidden_size, 1024);
  EXPECT_EQ(model.intermediate_size, 4096);
  EXPECT_EQ(model.vocab_size, 32000);
  EXPECT_EQ(model.attention, (AttentionShape{.q_heads = 8, .kv_heads = 2, .head_dim = 128}));
  EXPECT_TRUE(model.own.empty());
  EXPECT_EQ(model.experts, 0);
}

TEST(HuggingFaceModel, IsNamedAfterItsFileItsFolderOrItsType) {
  std::string const text = config().dump();
  EXPECT_EQ(model_from(text, "a/llama.json").name, "llama");
  EXPECT_EQ(model_from(text, "a/Qwen3-8B/config.json").name, "Qwen3-8B");
  EXPECT_EQ(model_from(text, "config.json").name, "some");
  EXPECT_EQ(model_from(text, "./config.json").name, "some");
  EXPECT_EQ(model_from(config({{"model_type", nullptr}}).dump(), "config.json").name,
            "config.json");
}

TEST(HuggingFaceModel, SaysWhetherItsHeadIsTheEmbeddingAndItsHeadsAreNormed) {
  EXPECT_FALSE(with(Json::object()).tied_embedding);
  EXPECT_TRUE(with({{"tie_word_embeddings", true}}).tied_embedding);
  EXPECT_TRUE(with({{"model_type", "gemma3"}}).tied_embedding);
  EXPECT_FALSE(with({{"model_type", "gemma3"}, {"tie_word_embeddings", false}}).tied_embedding);
  EXPECT_FALSE(with(Json::object()).qk_norm);
  EXPECT_TRUE(with({{"model_type", "qwen3"}}).qk_norm);
  EXPECT_TRUE(with({{"use_qk_norm", true}}).qk_norm);
}

TEST(HuggingFaceModel, AStatedHeadDimNeedNotBeHiddenOverHeads) {
  EXPECT_EQ(with({{"head_dim", 64}}).attention.head_dim, 64);
  EXPECT_EQ(with({{"head_dim", nullptr}}).attention.head_dim, 128);
  EXPECT_THAT(problem({{"hidden_size", 1020}}),
              AllOf(HasSubstr("hidden_size = 1020 is no multiple"), HasSubstr("heads = 8")));
  EXPECT_THAT(problem({{"head_dim", 96}}),
              AllOf(HasSubstr("layer 0: head_dim = 96"), HasSubstr("64 and 128")));
  EXPECT_THAT(problem({{"hidden_size", 640}}), HasSubstr("head_dim = 80 is not supported"));
}

TEST(HuggingFaceModel, WithoutKvHeadsALlamaHasAsManyAsQueryHeads) {
  EXPECT_EQ(with({{"num_key_value_heads", nullptr}, {"model_type", "llama"}}).attention.kv_heads,
            8);
  Json written_null = config();
  written_null["num_key_value_heads"] = nullptr;
  EXPECT_EQ(read(written_null).attention.kv_heads, 8);
  EXPECT_THAT(problem({{"num_key_value_heads", nullptr}}),
              HasSubstr("num_key_value_heads is missing"));
}

TEST(HuggingFaceModel, TheTextModelOfSeveralIsMeant) {
  Json const text = config({{"hidden_size", 512}});
  Json const whole = {{"model_type", "vision"}, {"hidden_size", 7}, {"text_config", text}};
  EXPECT_EQ(read(whole).attention.head_dim, 64);
  EXPECT_EQ(read({{"hidden_size", 7}, {"llm_config", text}}).attention.head_dim, 64);
  EXPECT_EQ(read({{"thinker_config", {{"text_config", text}}}}).attention.head_dim, 64);

  Json bad = whole;
  bad["text_config"]["head_dim"] = 72;
  // A key a line, sorted: {, hidden_size, model_type, text_config: {, head_dim.
  auto const said = fluxscope::testing::refusal([&] { (void)read(bad); });
  EXPECT_THAT(said, HasSubstr("some/config.json:5: layer 0: head_dim = 72: "));
}

TEST(HuggingFaceModel, LayerTypesSayWhichLayersHaveAWindow) {
  Json const types = {"sliding_attention", "full_attention", "sliding_attention", "full_attention"};
  EXPECT_EQ(own({{"layer_types", types}, {"sliding_window", 512}}),
            (std::vector{kWindow, kFull, kWindow, kFull}));
  EXPECT_THAT(problem({{"layer_types", types}}), HasSubstr("sliding_window is missing"));
}

TEST(HuggingFaceModel, AWindowThatIsSwitchedOffIsNone) {
  EXPECT_TRUE(own({{"sliding_window", 512}, {"use_sliding_window", false}}).empty());
}

TEST(HuggingFaceModel, RulesSayWhichLayersHaveAWindow) {
  Json const window = {{"sliding_window", 512}};
  auto const both = [&](Json const& further) {
    Json merged = window;
    merged.merge_patch(further);
    return merged;
  };
  EXPECT_EQ(own(both({{"use_sliding_window", true}, {"max_window_layers", 3}})),
            (std::vector{kFull, kFull, kFull, kWindow}));
  EXPECT_EQ(own(both({{"sliding_window_pattern", 3}})),
            (std::vector{kWindow, kWindow, kFull, kWindow}));
  EXPECT_EQ(own(both({{"model_type", "gemma2"}})), (std::vector{kWindow, kFull, kWindow, kFull}));
  EXPECT_EQ(own(both({{"model_type", "mistral"}})), std::vector(4, kWindow));
  EXPECT_EQ(own(both({{"hybrid_layer_pattern", {0, 1, 1, 0}}})),
            (std::vector{kFull, kWindow, kWindow, kFull}));
  EXPECT_THAT(problem(window), HasSubstr("does not say which layers"));
}

TEST(HuggingFaceModel, OtherKindsOfLayersAreNamedWithTheirLayer) {
  auto const fourth = [&](std::string const& type) {
    return problem({{"layer_types", {"full_attention", "full_attention", "full_attention", type}}});
  };
  EXPECT_THAT(fourth("linear_attention"),
              AllOf(HasSubstr("layer 3: layer_types.3 = \"linear_attention\" is not supported"),
                    HasSubstr("full and of sliding-window")));
  EXPECT_THAT(fourth("mamba"), HasSubstr("layer 3: layer_types.3 = \"mamba\""));
  EXPECT_THAT(problem({{"attn_type_list", {1, 1, 0, 1}}}),
              HasSubstr("layer 2: attn_type_list.2 = 0 (linear attention)"));
  EXPECT_THAT(problem({{"linear_attn_config", {{"kda_layers", {2, 3}}}}}),
              AllOf(HasSubstr("layer 1: linear_attn_config.kda_layers = "), HasSubstr("from 1")));
  EXPECT_THAT(problem({{"hybrid_layer_pattern", {0, 2, 0, 0}}, {"sliding_window", 512}}),
              HasSubstr("layer 1: hybrid_layer_pattern.1 = 2"));
}

TEST(HuggingFaceModel, AListHasAnEntryForEachLayerAndMayHaveThoseOfFurtherPredictedTokens) {
  Json const five(5, "full_attention");
  EXPECT_THAT(problem({{"layer_types", five}}),
              AllOf(HasSubstr("has 5 entries"), HasSubstr("num_hidden_layers is 4")));
  EXPECT_TRUE(own({{"layer_types", five}, {"num_nextn_predict_layers", 1}}).empty());
  EXPECT_THAT(problem({{"layer_types", "full_attention"}}), HasSubstr("is no list"));
}

TEST(HuggingFaceModel, AttentionThatIsNotKnownIsNamedWithItsKey) {
  Json const asked = {{"kv_lora_rank", 512},      {"attention_chunk_size", 8192},
                      {"index_topk", 2048},       {"num_kv_shared_layers", 2},
                      {"attention_k_eq_v", true}, {"is_encoder_decoder", true},
                      {"mamba_d_state", 128},     {"full_attention_interval", 4},
                      {"v_head_dim", 64},         {"sparse_attention_config", {{"groups", 1}}}};
  for (auto const& [key, value] : asked.items()) {
    EXPECT_THAT(problem({{key, value}}), AllOf(HasSubstr(key + " = "), HasSubstr("not supported")));
  }
  EXPECT_THAT(problem({{"compress_ratios", {0, 0, 4, 128, 0}}}),  // one entry more than layers
              HasSubstr("layer 2: compress_ratios.2 = 4 (compressed K and V)"));
  EXPECT_THAT(problem({{"compress_ratios", 4}}), HasSubstr("compress_ratios = 4 (compressed"));
  EXPECT_EQ(problem({{"kv_lora_rank", 0}, {"num_kv_shared_layers", 0}, {"mamba_d_state", nullptr}}),
            "accepted");
}

TEST(HuggingFaceModel, WhatIsNotKnownIsSaidBeforeAnotherKeyIsMissed) {
  // DeepSeek-V4 has a window without saying where, Nemotron-3 no num_hidden_layers.
  EXPECT_THAT(problem({{"sliding_window", 128}, {"compress_ratios", {4, 4, 0, 0}}}),
              HasSubstr("layer 0: compress_ratios.0"));
  EXPECT_THAT(
      problem({{"num_hidden_layers", nullptr}, {"layers_block_type", {"attention", "mamba"}}}),
      HasSubstr("layer 1: layers_block_type.1 = \"mamba\" (a layer without attention)"));
  EXPECT_THAT(problem({{"hybrid_override_pattern", "**M*"}}),
              HasSubstr("layer 2: hybrid_override_pattern = \"**M*\" ('M' is a layer without "
                        "attention)"));
  EXPECT_EQ(problem({{"hybrid_override_pattern", "****"}}), "accepted");
  // MiMo-V2 repeats its window as a chunk size, which its list of layers overrules.
  EXPECT_EQ(problem({{"hybrid_layer_pattern", {0, 1, 1, 1}},
                     {"sliding_window", 128},
                     {"attention_chunk_size", 128}}),
            "accepted");
}

TEST(HuggingFaceModel, NumbersThatAreNotFiniteAreTakenAsPythonWritesThem) {
  std::string text = config({{"limit", {0, 1, 2, "@"}}, {"name", "NaN \\\"Infinity"}}).dump(1);
  text.replace(text.find("\"@\""), 3, "-Infinity, NaN, Infinity");
  EXPECT_EQ(model_from(text, "m.json").layers, 4);
  text.replace(text.find("NaN,"), 4, "Nan,");
  EXPECT_THAT(fluxscope::testing::refusal([&] { (void)model_from(text, "m.json"); }),
              HasSubstr("m.json: no JSON from byte"));
}

TEST(HuggingFaceModel, AValuePerLayerOfUnknownMeaningIsRefused) {
  EXPECT_THAT(problem({{"attention_widths", {1, 2, 2, 2}}}),
              AllOf(HasSubstr("attention_widths"), HasSubstr("meaning is not known")));
  EXPECT_EQ(problem({{"attention_widths", {2, 2, 2, 2}}}), "accepted");
  EXPECT_EQ(problem({{"moe_layer_freq", {0, 1, 1, 1}}}), "accepted");
}

TEST(HuggingFaceModel, LayersKeepTheirNumbersOfHeads) {
  EXPECT_TRUE(with({{"num_key_value_heads", {2, 2, 2, 2}}}).shapes.empty());

  Model const model = with({{"num_key_value_heads", {2, 2, 4, 1}}});
  auto const shape = [](std::int32_t q, std::int32_t kv) {
    return AttentionShape{.q_heads = q, .kv_heads = kv, .head_dim = 128};
  };
  EXPECT_EQ(model.shapes, (std::vector{shape(8, 2), shape(8, 2), shape(8, 4), shape(8, 1)}));
  EXPECT_EQ(model.attention, shape(32, 4));  // 4 KV heads at most, groups of at most 8
  EXPECT_EQ(model.shape_of(3), shape(8, 1));

  // Step-3: layers with a window have other heads.
  Model const step = with(
      {{"layer_types", {"sliding_attention", "full_attention", "full_attention", "full_attention"}},
       {"sliding_window", 512},
       {"head_dim", 128},
       {"attention_other_setting", {{"num_attention_heads", 12}}}});
  EXPECT_EQ(step.shapes, (std::vector{shape(12, 2), shape(8, 2), shape(8, 2), shape(8, 2)}));
}

TEST(HuggingFaceModel, LayersOfUnequalShapesAreNamed) {
  Json const types = {
      {"layer_types", {"sliding_attention", "full_attention", "full_attention", "full_attention"}},
      {"sliding_window", 512}};
  auto const also = [&](Json const& further) {
    Json merged = types;
    merged.merge_patch(further);
    return problem(merged);
  };
  EXPECT_THAT(problem({{"num_key_value_heads", {2, 2, 3, 2}}}),
              AllOf(HasSubstr("layer 2: num_key_value_heads.2 = 3"), HasSubstr("not a multiple")));
  EXPECT_THAT(problem({{"head_dim", {128, 128, 64, 128}}}),
              AllOf(HasSubstr("layer 2: head_dim.2 = 64"), HasSubstr("layer 0 is 128")));
  EXPECT_THAT(also({{"global_head_dim", 512}}),
              AllOf(HasSubstr("layer 1: global_head_dim = 512"), HasSubstr("64 and 128")));
  EXPECT_THAT(also({{"attention_other_setting", {{"num_attention_heads", 3}}}}),
              AllOf(HasSubstr("layer 0: "), HasSubstr("not a multiple")));
  EXPECT_THAT(problem({{"num_key_value_heads", 3}}), HasSubstr("is not a multiple of kv_heads"));
}

Json block(Json const& group, bool no_op = false, Json const& window = nullptr) {
  return {
      {"attention", {{"n_heads_in_group", group}, {"no_op", no_op}, {"window_length", window}}}};
}

TEST(HuggingFaceModel, BlocksMayStateTheirGroups) {
  Json const groups = {{"num_key_value_heads", nullptr},
                       {"block_configs", {block(4), block(4), block(4, false, 512), block(4)}}};
  EXPECT_EQ(with(groups).attention.kv_heads, 2);
  EXPECT_EQ(own(groups), (std::vector{kFull, kFull, kWindow, kFull}));

  auto const blocks = [&](Json const& list) {
    return problem({{"num_key_value_heads", nullptr}, {"block_configs", list}});
  };
  EXPECT_THAT(blocks({block(4), block(nullptr, true)}),
              HasSubstr("layer 1: block_configs.1.attention.no_op = true is not supported"));
  EXPECT_THAT(blocks({block(4), block(4)}), HasSubstr("has 2 entries"));
  EXPECT_THAT(blocks({block(4), block(3), block(4), block(4)}),
              HasSubstr("layer 1: block_configs.1.attention.n_heads_in_group = 3"));
  Json const unequal = {{"num_key_value_heads", nullptr},
                        {"block_configs", {block(4), block(2), block(4), block(4)}}};
  EXPECT_EQ(with(unequal).shape_of(1).kv_heads, 4);
}

TEST(HuggingFaceModel, BlocksThatAnIndexChoosesAreKeptInTheMap) {
  // 4 blocks of 128 tokens are 512.
  Json const sparse = {{"sparse_attention_freq", {0, 1, 1, 1}},
                       {"sparse_block_size", 128},
                       {"sparse_topk_blocks", 4}};
  OwnAttention const blocks{Kind::index_blocks, 512};
  EXPECT_EQ(own({{"sparse_attention_config", sparse}}),
            (std::vector{kFull, blocks, blocks, blocks}));
}

TEST(HuggingFaceModel, ExpertsAreCountedAndTheirWidthIsTaken) {
  Model const model = with({{"num_experts", 128}, {"moe_intermediate_size", 768}});
  EXPECT_EQ(model.experts, 128);
  EXPECT_EQ(model.intermediate_size, 768);
  EXPECT_EQ(with({{"num_local_experts", 8}}).intermediate_size, 4096);
}

TEST(HuggingFaceModel, DamagedOrForeignFilesAreRefused) {
  auto const said = [](std::string const& text) {
    return fluxscope::testing::refusal([&] { (void)model_from(text, "config.json"); });
  };
  std::string const whole = config().dump();
  EXPECT_THAT(said(whole.substr(0, whole.size() / 2)), HasSubstr("config.json: no JSON from byte"));
  std::string const lines = config().dump(1);  // a key a line: the cut lies in the sixth
  EXPECT_THAT(said(lines.substr(0, lines.find("num_hidden_layers"))),
              AllOf(HasSubstr("(line 6) on"), HasSubstr("is it cut off?")));
  EXPECT_THAT(said("{\"model_name\": \"m\", \"sink_size\": 128}"),
              AllOf(HasSubstr("num_hidden_layers is missing"), HasSubstr("language model")));
  EXPECT_THAT(said("{\"num_layers\": 4}"), HasSubstr("num_hidden_layers is missing"));
  EXPECT_THAT(
      problem({{"num_key_value_heads", nullptr}, {"block_configs", {{{"attention", {1, 2}}}, 7}}}),
      HasSubstr("has 2 entries"));
  EXPECT_THAT(problem({{"linear_attn_config", {{"kda_layers", {-2147483648}}}}}),
              HasSubstr("config.json:5: linear_attn_config.kda_layers"));
  EXPECT_THAT(said("[1]"), HasSubstr("no JSON object"));
  EXPECT_THAT(said("{\"a\": 1, \"a\": 2}"), HasSubstr("key 'a' is there twice"));
  for (Json const& value : {Json(0), Json(-4), Json(4.0), Json(true), Json("4"), Json(1 << 20)}) {
    EXPECT_THAT(problem({{"num_hidden_layers", value}}),
                HasSubstr("num_hidden_layers = " + value.dump() + " is no whole number"));
  }
}

}  // namespace
}  // namespace fluxscope::plan::hugging_face
