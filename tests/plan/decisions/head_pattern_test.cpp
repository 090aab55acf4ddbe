// Head patterns of other projects: decisions and scores per query head and per KV head.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/decisions/gate_file/gate_file.hpp"
#include "tests/plan/temporary_folder.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::problem;
using Bits = std::vector<std::uint8_t>;

/// 2 layers, 4 query heads in 2 groups.
Model const kModel{
    .name = "small", .layers = 2, .attention = {.q_heads = 4, .kv_heads = 2, .head_dim = 64}};

class HeadPattern : public testing::TemporaryFolder {
 protected:
  Gates gates(std::string const& text) { return read_gate_file(write("p", text), kModel); }
  HeadScores scores(std::string const& text, std::string const& list = {}) {
    return read_head_scores(write("p", text), kModel, list);
  }
  std::string gates_problem(std::string const& text) {
    return problem([&] { return gates(text); });
  }
  std::string scores_problem(std::string const& text, std::string const& list = {}) {
    return problem([&] { return scores(text, list); });
  }
};

/// A MInference layer of head types: s, v and b.
std::string layer(std::string const& types) {
  std::string text;
  for (std::size_t head = 0; head < types.size(); ++head) {
    std::string const type = types[head] == 's'   ? "stream_llm"
                             : types[head] == 'v' ? "vertical_and_slash"
                                                  : "block_sparse";
    text += head == 0 ? "{\"" : ", \"";
    text += std::to_string(head) + "\": [\"" + type + "\", 30, 800, ";
    text += head == 0 ? "1]" : "0.97]";
  }
  return text + "}";
}

/// A MInference pattern of two layers, a line each.
std::string pattern(std::string const& first, std::string const& second) {
  std::string text = "[";
  return text.append(first).append(",\n").append(second).append("]");
}

TEST_F(HeadPattern, AKvHeadIsFullWhereAQueryHeadOfItsGroupIs) {
  Gates const got = gates(pattern(layer("ssvs"), layer("bvss")));

  EXPECT_EQ(got.requests, 1);
  EXPECT_EQ(got.full, (Bits{0, 1, 1, 0}));
  // Sparse query heads: 3 of layer 0, 2 of layer 1; head 3 of layer 0 shares its KV head with a
  // full one.
  EXPECT_EQ(got.sparse_q_heads, 5);
  EXPECT_EQ(got.mixed_q_heads, 1);
}

TEST_F(HeadPattern, AMinferencePatternOfAnotherModelIsNamed) {
  std::string const good = layer("ssvs");
  EXPECT_THAT(gates_problem("[" + good + "]"), HasSubstr("p:1: 1 layers, but small has 2"));
  EXPECT_THAT(gates_problem(pattern(good, layer("ssv"))),
              HasSubstr("p:2: layer 1 has 3 heads, but small has 4 query heads"));
  EXPECT_THAT(gates_problem(pattern(good, "5")), HasSubstr("p:2: layer 1 has no heads"));
}

TEST_F(HeadPattern, AnEntryOfMinferenceThatIsNoneIsNamedWithLayerAndHead) {
  std::string const good = layer("ssvs");
  auto const with = [&](std::string const& from, std::string const& to) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    return gates_problem(pattern(good, bad));
  };
  EXPECT_THAT(with("\"vertical_and_slash\"", "\"vertical\""),
              AllOf(HasSubstr("p:2: layer 1, head 2: 'vertical'"), HasSubstr("stream_llm")));
  EXPECT_THAT(with("\"vertical_and_slash\", 30", "\"vertical_and_slash\""),
              HasSubstr("layer 1, head 2: [\"vertical_and_slash\",800,0.97] is not"));
  EXPECT_THAT(with("\"3\"", "\"7\""), HasSubstr("layer 1 has no head \"3\""));
  EXPECT_THAT(with("\"3\"", "\"2\""), HasSubstr("key '2' is there twice"));
}

TEST_F(HeadPattern, APruLongMaskIsATableOfZerosAndOnes) {
  Gates const got = gates("0.0\t1.0\r\n1.0\t0.0");

  EXPECT_EQ(got.full, (Bits{0, 1, 1, 0}));
  EXPECT_EQ(got.sparse_q_heads, 0);  // decided per KV head
  EXPECT_THAT(gates_problem("0.0\t1.0\n0.5\t1\n"),
              AllOf(HasSubstr("p:2: '0.5' is a score"), HasSubstr("`pattern` of policy duo")));
  EXPECT_THAT(gates_problem("-0.1\t1.0\n0\t1\n"), HasSubstr("p:1: '-0.1' is a score"));
}

TEST_F(HeadPattern, HeadwiseLayersThatAreNotThereAreFull) {
  std::string const config =
      "{\"sink_token_num\": 4, \"swa_token_num\": 8192, \"seqlen_threshold\": 16384,\n"
      " \"1\": [0, 1, 0, 0]}";
  Gates const got = gates(config);

  EXPECT_EQ(got.full, (Bits{1, 1, 1, 0}));
  EXPECT_EQ(got.sparse_q_heads, 3);
  EXPECT_EQ(got.mixed_q_heads, 1);
  EXPECT_EQ(gates("{\"model_type\": \"m\", \"headwise_config\": " + config + "}").full, got.full);
}

TEST_F(HeadPattern, BadHeadwiseLayersAreNamedWithFileAndLine) {
  auto const with = [&](std::string const& lines) {
    return gates_problem("{\"headwise_config\": {\n\"sink_token_num\": 4" + lines + "}}");
  };
  EXPECT_THAT(with(",\n\"2\": [0, 1, 0, 0]"), HasSubstr("p:3: '2' is none of the 2 layers"));
  EXPECT_THAT(with(",\n\"01\": [0, 1, 0, 0]"), HasSubstr("p:3: '01' is none of"));
  EXPECT_THAT(with(",\n\"sink_tokens\": 4"), HasSubstr("p:3: 'sink_tokens' is none of"));
  EXPECT_THAT(with(",\n\"1\": [0, 1]"), HasSubstr("p:3: layer 1 has 2 decisions"));
  EXPECT_THAT(with(",\n\"1\": 0"), HasSubstr("p:3: layer 1 has no decisions"));
  EXPECT_THAT(with(",\n\"1\": [0, 1, 0.5, 0]"), HasSubstr("a decision is 0.5, expected 0 or 1"));
  EXPECT_THAT(with(""), HasSubstr("p:1: no layer has decisions"));
  EXPECT_THAT(gates_problem("{\"headwise_config\": 3}"), HasSubstr("is no JSON object"));
}

std::string const kHeadKv =
    "{\"0-0\": [0.5, 0, 1], \"0-1\": [1], \"0-2\": [2], \"0-3\": [0.25],\n"
    "\"1-0\": [0, 0], \"1-1\": [7.5, 0.5], \"1-2\": [0.125], \"1-3\": [3]}";

TEST_F(HeadPattern, ScoresOfAHeadAreTheMeanOfItsList) {
  HeadScores const got = scores(kHeadKv);

  EXPECT_TRUE(got.per_q_head);
  EXPECT_EQ(got.scores, (std::vector<double>{0.5, 1, 2, 0.25, 0, 4, 0.125, 3}));
}

TEST_F(HeadPattern, BadHeadKvScoresAreNamed) {
  auto const with = [&](std::string const& from, std::string const& to) {
    std::string bad = kHeadKv;
    bad.replace(bad.find(from), from.size(), to);
    return scores_problem(bad);
  };
  EXPECT_THAT(with("[0, 0]", "[]"), HasSubstr("p:2: '1-0' has no list of scores"));
  EXPECT_THAT(with("[0, 0]", "[0, \"x\"]"), HasSubstr("p:2: '1-0' holds \"x\""));
  EXPECT_THAT(with("[7.5, 0.5]", "[1e308, 1e308]"), HasSubstr("'1-1' has no finite mean"));
  EXPECT_THAT(with("\"1-3\"", "\"2-0\""), HasSubstr("no score for head \"1-3\""));
  EXPECT_THAT(with("\"1-3\"", "\"1-03\""), HasSubstr("no score for head \"1-3\""));
  EXPECT_THAT(with("\"1-3\": [3]", "\"1-3\": [3], \"2-0\": [1]"), HasSubstr("9 scores, but small"));
  EXPECT_THAT(scores_problem("{}"), HasSubstr("no scores (the file is empty)"));
  EXPECT_THAT(scores_problem(""), HasSubstr("p:1: is empty"));
  EXPECT_THAT(gates_problem(" \n\n"), HasSubstr("p:1: is empty"));
}

std::string const kThresholds =
    "# stride 16\nfuse_16 = [\n  [0.9, 0.8, 1, 0.0],  # layer 0\n  [.5, 0.25, 0.125, 1e-1,],\n]\n"
    "fuse_8 = [[0, 0, 0, 0], [1, 1, 1, 1]]  # end";

TEST_F(HeadPattern, AThresholdListIsTakenByItsName) {
  HeadScores const got = scores(kThresholds, "fuse_16");
  EXPECT_TRUE(got.per_q_head);
  EXPECT_EQ(got.scores, (std::vector<double>{0.9, 0.8, 1, 0, 0.5, 0.25, 0.125, 0.1}));
  EXPECT_EQ(scores(kThresholds, "fuse_8").scores, (std::vector<double>{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(scores("a = [[0, 0, 0, 0], [1, 1, 1, 1]]").scores.size(), 8u);

  EXPECT_THAT(scores_problem(kThresholds),
              AllOf(HasSubstr("several lists"), HasSubstr("fuse_16, fuse_8")));
  EXPECT_THAT(scores_problem(kThresholds, "fuse_18"), HasSubstr("expected 'fuse_16'"));
  EXPECT_THAT(scores_problem("a = []\na = []", "a"), HasSubstr("'a' is there twice"));
}

TEST_F(HeadPattern, BadThresholdsAreNamedWithFileAndLine) {
  auto const said = [&](std::string const& rows) { return scores_problem("\na = [\n" + rows); };
  std::string const row = "[1, 1, 1, 1],\n";
  EXPECT_THAT(said(row + "[1, 1, 1, 1.5]]"), HasSubstr("p:4: '1.5' where a threshold from 0 to 1"));
  EXPECT_THAT(said(row + "[1, 1, 1, nan]]"), HasSubstr("p:4: 'nan' where"));
  EXPECT_THAT(said(row + "[1, 1, 1, 1]"), HasSubstr("p:4: the end where ']' is expected"));
  EXPECT_THAT(said(row + "[1, 1, 1]]"), HasSubstr("p:4: 3 query heads, but small has 4"));
  EXPECT_THAT(said(row + "]"), HasSubstr("p:2: 1 layers, but small has 2"));
  EXPECT_THAT(said(row + "torch.ones(4)]"), HasSubstr("p:4: 'torch.ones(4)' where '['"));
  EXPECT_THAT(scores_problem("a = 3"), HasSubstr("p:1: '3' where '[' is expected"));
  EXPECT_THAT(scores_problem("a = [[1]]\n= [[1]]"), HasSubstr("p:2: '=' where a list's name"));
  std::string deep = "a = " + std::string(100'000, '[');
  EXPECT_THAT(scores_problem(deep), HasSubstr("where a threshold"));
}

TEST_F(HeadPattern, DecisionsAndScoresAreNotTakenForEachOther) {
  EXPECT_THAT(gates_problem(kHeadKv),
              AllOf(HasSubstr("HeadKV scores are no decisions"), HasSubstr("`pattern`")));
  EXPECT_THAT(gates_problem(kThresholds), HasSubstr("XAttention thresholds are no decisions"));
  EXPECT_THAT(scores_problem(pattern(layer("ssvs"), "0")),
              AllOf(HasSubstr("MInference pattern holds decisions"), HasSubstr("`gates`")));
  EXPECT_THAT(scores_problem("0\t1\n1\t0\n", "a"), HasSubstr("has no lists with names"));
  EXPECT_THAT(gates_problem("{\"model_name\": 3}"), HasSubstr("no known format of decisions"));
  EXPECT_THAT(gates_problem("{\"0-0\": "), HasSubstr("p: no JSON from byte"));
}

TEST_F(HeadPattern, ScoresOfQueryHeadsAreCutBeforeTheyAreGrouped) {
  // At MSR 0.5 the 4 highest of 8 are full: 4 and 3 of layer 1 (heads 1 and 3), 2 and 1 of layer 0
  // (heads 2 and 1). Every group has one, so the 4 sparse ones save no KV.
  Gates const got = gates_of_scores(kModel, scores(kHeadKv), 0.5, 1);
  EXPECT_EQ(got.full, (Bits{1, 1, 1, 1}));
  EXPECT_EQ(got.sparse_q_heads, 4);
  EXPECT_EQ(got.mixed_q_heads, 4);
  EXPECT_EQ(got.tied_kv_heads, 0);
  // At 0.75 the 2 highest: layer 1 only.
  Gates const few = gates_of_scores(kModel, scores(kHeadKv), 0.75, 1);
  EXPECT_EQ(few.full, (Bits{0, 0, 1, 1}));
  EXPECT_EQ(few.sparse_q_heads, 6);
  EXPECT_EQ(few.mixed_q_heads, 2);
}

TEST_F(HeadPattern, TiesOfQueryHeadsAreCountedInKvHeads) {
  // Two of three heads that score 0.5 are full; they lie in 2 KV heads.
  HeadScores const tied{.per_q_head = true, .scores = {0.5, 0.5, 0, 0, 0.5, 0, 0, 0}};
  Gates const got = gates_of_scores(kModel, tied, 0.75, 9);
  EXPECT_EQ(got.tied_kv_heads, 2);
  EXPECT_EQ(got.tie_seed, 9u);
}

}  // namespace
}  // namespace fluxscope::plan
