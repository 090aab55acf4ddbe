#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/experiment/file.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A config.json of 4 layers, 4 query heads, 2 KV heads, head_dim 64; `types` are f and s.
std::string config(std::string const& types, std::string const& further) {
  std::string list;
  for (char const type : types) {
    list += (list.empty() ? "\"" : ", \"") + std::string(type == 'f' ? "full" : "sliding") +
            "_attention\"";
  }
  return "{\"num_hidden_layers\": 4, \"hidden_size\": 256, \"intermediate_size\": 512,\n"
         "\"vocab_size\": 1000, \"num_attention_heads\": 4, \"num_key_value_heads\": 2,\n"
         "\"layer_types\": [" +
         list + "]" + further + "}";
}

class OwnWindows : public testing::ExperimentFileTest {
 protected:
  /// An experiment whose model is m.json.
  static std::string experiment(std::string const& policy, std::string const& keys = {}) {
    std::string file = text("[[policy]]\nname = \"" + policy + "\"\n" + keys);
    return file.replace(file.find("./small.toml"), 12, "m.json");
  }
};

TEST_F(OwnWindows, LayersWithAWindowReadItAndTheOthersAll) {
  write("m.json", config("sfsf", ", \"sliding_window\": 256"));

  Experiment const got = load(experiment("own_windows"));

  EXPECT_EQ(got.model.name, "m");
  ASSERT_EQ(got.rows.size(), 1u);
  EXPECT_EQ(got.rows[0].msr_ratio, 0.5);
  EXPECT_EQ(got.rows[0].level, "layer");
  ASSERT_EQ(got.cases.size(), 2u);  // sparse and full layers
  Case const& sparse = got.cases[got.rows[0].layer_cases[0]];
  EXPECT_EQ(sparse.sparse,
            (Selection{.kind = SelectionKind::streaming, .sink_tokens = 0, .local_tokens = 256}));
  EXPECT_EQ(sparse.full_kv_heads, 0);
  EXPECT_EQ(got.cases[got.rows[0].layer_cases[1]].full_kv_heads, 2);
  EXPECT_TRUE(got.notes.empty());
}

TEST_F(OwnWindows, LayersWithOtherHeadsArePlannedWithThem) {
  std::string const heads =
      ", \"sliding_window\": 256, \"attention_other_setting\": {\"num_attention_heads\": 6}";
  std::string const model = config("sfsf", heads + ", \"head_dim\": 64");
  write("m.json", model);

  Experiment const got = load(experiment("own_windows"));

  auto const shape = [&](std::size_t layer) {
    return got.cases[got.rows[0].layer_cases[layer]].plan.shape;
  };
  EXPECT_EQ(shape(0), (AttentionShape{.q_heads = 6, .kv_heads = 2, .head_dim = 64}));
  EXPECT_EQ(shape(1), (AttentionShape{.q_heads = 4, .kv_heads = 2, .head_dim = 64}));
  EXPECT_EQ(got.cases.size(), 2u);
  EXPECT_EQ(got.cases[got.rows[0].layer_cases[0]].plan.selections.size(), 6u);
  EXPECT_THAT(load_problem(experiment("static_ratio", "full_kv_heads = 1\n")),
              AllOf(HasSubstr("e.toml:13: policy static_ratio decides for each KV head"),
                    HasSubstr("layer 0 has 6 over 2, layer 1 has 4 over 2")));
  EXPECT_THAT(load_problem("unit = \"step\"\n" + experiment("own_windows")),
              AllOf(HasSubstr("e.toml:1: "), HasSubstr("steps are planned for layers"),
                    HasSubstr("layer 0 has 6 over 2")));
}

TEST_F(OwnWindows, AFileThatDoesNotKeepThemIsToldSo) {
  write("m.json", config("sfss", ", \"sliding_window\": 256"));
  Experiment const got = load(experiment("full"));
  ASSERT_EQ(got.notes.size(), 1u);
  EXPECT_THAT(got.notes[0], AllOf(HasSubstr("3 of the 4 layers of m"), HasSubstr("own_windows")));
}

TEST_F(OwnWindows, LayersOfDifferentWindowsReadEachItsOwn) {
  std::string const window = "{\"attention\": {\"n_heads_in_group\": 2, \"window_length\": ";
  std::string two = config("ffff", "");
  two = two.substr(0, two.find("\"layer_types\"")) + "\"block_configs\": [" + window + "256}}, " +
        window + "null}}, " + window + "512}}, " + window + "256}}]}";
  write("m.json", two);

  Experiment const got = load(experiment("own_windows"));

  auto const local = [&](std::size_t layer) {
    return got.cases[got.rows[0].layer_cases[layer]].sparse.local_tokens;
  };
  EXPECT_EQ(local(0), 256);
  EXPECT_EQ(got.cases[got.rows[0].layer_cases[1]].sparse_kind, "none");
  EXPECT_EQ(local(2), 512);
  EXPECT_EQ(got.rows[0].layer_cases[3], got.rows[0].layer_cases[0]);
  EXPECT_EQ(got.rows[0].msr_ratio, 0.75);
}

TEST_F(OwnWindows, BlocksThatAnIndexChoosesBecomeAWindowWhereTheFileAsksForIt) {
  write("m.json", config("ffff",
                         ", \"sparse_attention_config\": {\"sparse_attention_freq\": [0, 1, 1, 1], "
                         "\"sparse_block_size\": 128, \"sparse_topk_blocks\": 16}"));
  EXPECT_THAT(load_problem(experiment("own_windows", "index_blocks = \"refuse\"\n")),
              HasSubstr("layer 1 of m reads blocks of 2048 tokens"));

  Experiment const got = load(experiment("own_windows", "index_blocks = \"as_window\"\n"));

  EXPECT_EQ(got.rows[0].msr_ratio, 0.75);
  EXPECT_EQ(got.cases[got.rows[0].layer_cases[3]].sparse.local_tokens, 2048);
  ASSERT_EQ(got.notes.size(), 1u);
  EXPECT_THAT(got.notes[0], AllOf(HasSubstr("3 layers of m read a window"),
                                  HasSubstr("2048 in layer 1"), HasSubstr("index's own time")));
}

TEST_F(OwnWindows, AModelWithoutOneOrWithOtherSparseLayersIsRefused) {
  write("m.json", config("ffff", ""));
  EXPECT_THAT(load_problem(experiment("own_windows")),
              AllOf(HasSubstr("e.toml:13: "), HasSubstr("no layer of m has a window")));

  write("m.json", config("ffff",
                         ", \"sparse_attention_config\": {\"sparse_attention_freq\": [0, 0, 1, 1], "
                         "\"sparse_block_size\": 128, \"sparse_topk_blocks\": 16}"));
  EXPECT_THAT(load_problem(experiment("own_windows")),
              AllOf(HasSubstr("layer 2 of m reads blocks of 2048 tokens"), HasSubstr("index"),
                    HasSubstr("index_blocks = \"as_window\"")));
}

TEST_F(OwnWindows, TheModelFlagStandsInForTheFilesModelAndIsRecorded) {
  std::string const model = write("other.json", config("ffff", ""));
  std::string const file = text("[[policy]]\nname = \"full\"\n");

  Experiment const got = load_experiment(write("e.toml", file), model);

  EXPECT_EQ(got.model.name, "other");
  EXPECT_EQ(got.toml, "# --model " + model + "\n" + file);
  EXPECT_THAT(testing::problem([&] { return load_experiment(path("e.toml"), "llama-3.1-9b"); }),
              AllOf(HasSubstr("--model: "), HasSubstr("'llama-3.1-9b' is not known in models")));
}

}  // namespace
}  // namespace fluxscope::plan
