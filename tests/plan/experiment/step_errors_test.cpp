// Bad experiments of steps: each is refused with file:line, the problem and what to do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/experiment/step_file.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using StepErrors = testing::StepFileTest;

TEST_F(StepErrors, AChunkLongerThanThePromptIsNamed) {
  EXPECT_THAT(load_problem(steps(kFull, prefill("512, 4096", "chunk_tokens = 513\n"))),
              AllOf(HasSubstr("e.toml:13: chunk_tokens = 513 is longer than the prompt of 512"),
                    HasSubstr("lower it to at most 512")));
  EXPECT_EQ(load_problem(steps(kFull, prefill("512, 4096", "chunk_tokens = 512\n"))), "accepted");
}

TEST_F(StepErrors, ChunksAreOfWholePromptsOfOneLength) {
  EXPECT_THAT(
      load_problem(steps(kFull, prefill("512", "chunk_tokens = 128\nq_len_tokens = 128\n"))),
      HasSubstr("e.toml:13: chunk_tokens beside q_len_tokens"));
  EXPECT_THAT(load_problem(steps(kFull,
                                 "phase = \"prefill\"\nrequest_kv_lens_tokens = [[512, 256]]\n"
                                 "chunk_tokens = 128\n")),
              HasSubstr("e.toml:12: chunk_tokens with requests of different lengths"));
  EXPECT_THAT(load_problem(steps(kFull, std::string(kDecode) + "chunk_tokens = 128\n")),
              HasSubstr("unknown key 'chunk_tokens'"));
}

TEST_F(StepErrors, KeysOfStepsInAnExperimentOfLayersAreNamed) {
  auto const layers = [&](std::string const& keys, std::string const& workload) {
    std::string content = steps(kFull, workload, keys);
    return load_problem(content.replace(content.find("\"step\""), 6, "\"layer\""));
  };
  EXPECT_THAT(layers("launch = [\"graph\"]\n", kDecode),
              AllOf(HasSubstr("e.toml:5: launch in an experiment of layers"),
                    HasSubstr("unit = \"step\"")));
  EXPECT_THAT(layers("ranks = 2\n", kDecode), HasSubstr("e.toml:5: ranks in an experiment"));
  EXPECT_THAT(layers("", prefill("512", "chunk_tokens = 128\n")),
              HasSubstr("e.toml:13: chunk_tokens in an experiment of layers"));
  EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = 0.5\nrouted = true"),
              HasSubstr("e.toml:15: routed in an experiment of layers"));
}

TEST_F(StepErrors, UnknownUnitsAndModesHaveTheirNearMiss) {
  EXPECT_THAT(load_problem(steps(kFull, kDecode, "launch = [\"graphs\"]\n")),
              AllOf(HasSubstr("e.toml:5: launch"), HasSubstr("'graph'")));
  std::string content = steps(kFull);
  EXPECT_THAT(load_problem(content.replace(content.find("\"step\""), 6, "\"steps\"")),
              AllOf(HasSubstr("e.toml:4: unit"), HasSubstr("'step'")));
}

TEST_F(StepErrors, RanksThatDoNotDivideTheModelAreNamedWithThoseThatDo) {
  EXPECT_THAT(load_problem(steps(kFull, kDecode, "ranks = 3\n")),
              AllOf(HasSubstr("e.toml:5: ranks = 3 (q_heads of small is 4"),
                    HasSubstr("choose one of 1, 2")));
}

TEST_F(StepErrors, AGateFileOfAnotherModelIsNamed) {
  write("g.csv", "request,layer,full\n0,0,1\n0,1,1\n0,2,1\n0,3,1\n0,4,1\n");  // 5 layers of 4
  EXPECT_THAT(load_problem(steps("[[policy]]\nname = \"flux\"\ngates = \"g.csv\"\n")),
              AllOf(HasSubstr("e.toml:15: gates: "), HasSubstr("g.csv:6: "), HasSubstr("layer")));
}

TEST_F(StepErrors, LengthsOfRequestsAreChecked) {
  auto const said = [&](std::string const& lists) {
    return load_problem(
        steps(kFull, "phase = \"decode\"\nrequest_kv_lens_tokens = " + lists + "\n"));
  };
  EXPECT_THAT(said("[]"), HasSubstr("e.toml:11: request_kv_lens_tokens is empty"));
  EXPECT_THAT(said("[[]]"), HasSubstr("a batch of 0 requests"));
  EXPECT_THAT(said("[512]"), HasSubstr("not a list"));
  EXPECT_THAT(said("[[0]]"), HasSubstr("is outside [1, "));
  EXPECT_THAT(said("[[1.5]]"), HasSubstr("whole number"));
  EXPECT_THAT(said("[[512, 256], [256, 512]]"), HasSubstr("a second row"));
}

TEST_F(StepErrors, MoreStepsThanFitAnExperimentAreRefusedBeforeAnyIsPlanned) {
  EXPECT_THAT(load_problem(steps(kFull, prefill("1000000", "chunk_tokens = 1\n"))),
              HasSubstr("make 2000000 steps"));
}

}  // namespace
}  // namespace fluxscope::plan
