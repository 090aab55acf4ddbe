// What sparse heads read by the account of a pattern's own file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/experiment/file.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string const kDuo =
    "[[policy]]\nname = \"duo\"\npattern = \"full_attention_heads.tsv\"\nmsr_ratio = 0.5\n";

class PatternSelection : public testing::ExperimentFileTest {
 protected:
  void SetUp() override {
    ExperimentFileTest::SetUp();
    write("full_attention_heads.tsv", "0.9\t0.1\n0.2\t0.8\n0.7\t0.3\n0.0\t0.6\n");
  }
  /// An experiment without [sparse].
  static std::string plain(std::string const& policy) {
    std::string file = text(policy);
    auto const begin = file.find("[sparse]");
    return file.erase(begin, file.find("[[workload]]") - begin);
  }
  Selection sparse(Experiment const& experiment) {
    for (Case const& one : experiment.cases) {
      if (one.sparse_kind != "none") return one.sparse;
    }
    return {};
  }
};

Selection window(std::int32_t sink, std::int32_t local) {
  return {.kind = SelectionKind::streaming, .sink_tokens = sink, .local_tokens = local};
}

TEST_F(PatternSelection, ADuoAttentionConfigBesideTheScoresSaysWhatSparseHeadsRead) {
  write("config.json", "{\"sink_size\": 64, \"recent_size\": 512, \"deploy_sink_size\": null}");

  Experiment const got = load(plain(kDuo));

  EXPECT_EQ(sparse(got), window(64, 512));
  EXPECT_THAT(got.notes, ElementsAre(AllOf(HasSubstr("policy duo: its pattern's file states 64 "
                                                     "sink and 512 local tokens"),
                                           HasSubstr("which they read"))));
}

TEST_F(PatternSelection, SizesToDeployWithComeBeforeThoseOfTraining) {
  write("config.json",
        "{\"sink_size\": 64, \"recent_size\": 512, \"deploy_sink_size\": 0, "
        "\"deploy_recent_size\": 1024}");
  EXPECT_EQ(sparse(load(plain(kDuo))), window(0, 1024));
}

TEST_F(PatternSelection, TheExperimentsOwnSparseTableHoldsAndTheDifferenceIsTold) {
  write("config.json", "{\"sink_size\": 64, \"recent_size\": 512}");

  Experiment const got = load(text(kDuo));

  EXPECT_EQ(sparse(got), window(128, 256));
  EXPECT_THAT(got.notes, ElementsAre(HasSubstr("by [sparse] they read 128 sink and 256 local")));
}

TEST_F(PatternSelection, HeadwiseStatesItsOwn) {
  std::string const heads = "\"0\": [0, 0, 1, 1]}";
  std::string const policy = "[[policy]]\nname = \"head_dynamic\"\ngates = \"h.json\"\n";
  write("h.json",
        "{\"headwise_config\": {\"sink_token_num\": 4, \"swa_token_num\": 2048, " + heads + "}");
  EXPECT_EQ(sparse(load(plain(policy))), window(4, 2048));
  write("h.json", "{\"sink_token_num\": 4, " + heads);
  EXPECT_THAT(load_problem(plain(policy)),
              AllOf(HasSubstr("h.json:1: no swa_token_num beside sink_token_num")));
}

TEST_F(PatternSelection, AnotherConfigBesideTheScoresIsLeftAlone) {
  write("config.json", "{\"model_type\": \"llama\"}");
  EXPECT_THAT(load(text(kDuo)).notes, IsEmpty());
  EXPECT_THAT(load_problem(plain(kDuo)), HasSubstr("no [sparse] table"));
}

TEST_F(PatternSelection, BadSizesAreNamedWithTheirFile) {
  write("config.json", "{\"sink_size\": -1,\n\"recent_size\": 512}");
  EXPECT_THAT(load_problem(plain(kDuo)), HasSubstr("config.json:1: sink_size = -1 is no whole"));
  write("config.json", "{\"sink_size\": 64,\n\"recent_size\": 0}");
  EXPECT_THAT(load_problem(plain(kDuo)), HasSubstr("config.json:2: recent_size = 0 is no whole"));
  write("config.json", "{\"sink_size\": 64");
  EXPECT_THAT(load_problem(plain(kDuo)), HasSubstr("config.json: no JSON from byte"));
}

}  // namespace
}  // namespace fluxscope::plan
