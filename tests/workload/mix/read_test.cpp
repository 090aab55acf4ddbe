#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files/config_path.hpp"
#include "tests/close.hpp"
#include "tests/workload/mix/mix_file.hpp"

namespace fluxscope::workload {
namespace {

using fluxscope::testing::close;
using ::testing::AllOf;
using ::testing::HasSubstr;

class MixFile : public testing::MixFileTest {
 protected:
  /// Full (layer, KV head) pairs of each request of the first batch of (policy, task).
  static std::vector<int> full_pairs(Mix const& mix, std::size_t policy, std::size_t task,
                                     std::size_t batch = 0) {
    plan::Gates const& gates = mix.policies.at(policy).of_task.at(task).batches.at(batch);
    std::vector<int> counts;
    for (std::int32_t request = 0; request < gates.requests; ++request) {
      int count = 0;
      for (std::int32_t layer = 0; layer < gates.layers; ++layer) {
        for (std::int32_t head = 0; head < gates.kv_heads; ++head) {
          count += gates.at(request, layer, head);
        }
      }
      counts.push_back(count);
    }
    return counts;
  }
};

TEST_F(MixFile, LengthsAreANumberOrAList) {
  auto const one = load(mix(task("a", "", "2.5")));
  ASSERT_EQ(one.tasks.size(), 1u);
  EXPECT_EQ(one.tasks[0].weight, 2.5);
  ASSERT_EQ(one.tasks[0].lengths.size(), 1u);
  EXPECT_EQ(one.tasks[0].lengths[0].prompt_tokens, 2000);
  EXPECT_EQ(one.tasks[0].lengths[0].output_tokens, 10);
  EXPECT_EQ(one.tasks[0].lengths[0].share, 1);

  auto const list =
      load(mix("[[task]]\nname = \"a\"\nweight = 1\nprompt_tokens = [100, 300]\n"
               "output_tokens = [7, 8]\nprompt_shares = [3, 1]\n"));
  ASSERT_EQ(list.tasks[0].lengths.size(), 2u);
  EXPECT_EQ(list.tasks[0].lengths[1].prompt_tokens, 300);
  EXPECT_EQ(list.tasks[0].lengths[1].output_tokens, 8);
  EXPECT_EQ(list.tasks[0].lengths[0].share, 0.75);
  EXPECT_EQ(list.tasks[0].lengths[1].share, 0.25);
}

// 0.4 of 4 layers is 1.6 sparse ones: 2 full, so 4 of 8 pairs, for heads too: 0.4 of 8 pairs by
// itself would be 5 full ones.
TEST_F(MixFile, ATasksMsrIsOfWholeLayersForEveryPolicy) {
  auto const read =
      load(mix(task("a", msr(0.4)) + task("b", msr(0.75)),
               std::string(kFlux) + kHeads + kFlux + "label = \"own\"\nmsr_ratio = 0.25\n"));
  for (std::size_t const policy : {0u, 1u}) {
    EXPECT_EQ(full_pairs(read, policy, 0), std::vector{4});
    EXPECT_EQ(full_pairs(read, policy, 1), std::vector{2});
  }
  EXPECT_EQ(full_pairs(read, 2, 0), std::vector{6});  // its own MSR, whatever the task
  EXPECT_EQ(full_pairs(read, 2, 1), std::vector{6});
}

TEST_F(MixFile, AnMsrOfItsLabelIsAPolicysOwn) {
  std::string const by_label =
      "msr_ratios = { flux = 0.25, heads = 0.5 }\nmsr_source = \"what if\"\n";
  auto const read =
      load(mix(task("a", by_label), std::string(kFlux) + kHeads + "label = \"heads\"\n"));
  EXPECT_EQ(full_pairs(read, 0, 0), std::vector{6});
  EXPECT_EQ(full_pairs(read, 1, 0), std::vector{4});
  EXPECT_THAT(load_problem(mix(task("a", by_label), kFlux)),
              AllOf(HasSubstr("mix.toml:8: msr_ratios of task a names 'heads'"),
                    HasSubstr("expected one of flux")));
}

// Request 0 has 3 full layers, request 1 has 1: 6 and 2 pairs.
TEST_F(MixFile, GatesAreReplayedAndTheOtherLevelIsDrawnAtEqualKvBytes) {
  write("gates.jsonl", "{\"full\": [1, 1, 0, 1]}\n{\"full\": [0, 0, 1, 0]}\n");
  auto const read = load(mix(task("a", "gates = \"gates.jsonl\"\n"), std::string(kFlux) + kHeads));
  ASSERT_EQ(read.policies[0].of_task[0].batches.size(), 2u);  // batch 1: one request each
  EXPECT_EQ(read.policies[0].of_task[0].batches[0].full,
            (std::vector<std::uint8_t>{1, 1, 1, 1, 0, 0, 1, 1}));
  EXPECT_EQ(full_pairs(read, 1, 0, 0), std::vector{6});
  EXPECT_EQ(full_pairs(read, 1, 0, 1), std::vector{2});

  auto const pairs = load(mix(task("a", "gates = \"gates.jsonl\"\n"), kFlux, "batch = 2\n"));
  EXPECT_EQ(full_pairs(pairs, 0, 0), (std::vector{6, 2}));

  auto const flag = load(mix(task("a") + task("b"), kFlux), {.gates = path("gates.jsonl")});
  EXPECT_EQ(flag.policies[0].of_task[1].batches.size(), 2u);
}

TEST_F(MixFile, RequestsThatDoNotFillBatchesAreRefused) {
  write("gates.jsonl", "{\"full\": [1, 1, 0, 1]}\n{\"full\": [0, 0, 1, 0]}\n");
  EXPECT_THAT(load_problem(mix(task("a", "gates = \"gates.jsonl\"\n"), kFlux, "batch = 3\n")),
              AllOf(HasSubstr("mix.toml:14: gates"), HasSubstr("decisions for 2 requests"),
                    HasSubstr("change batch")));
}

TEST_F(MixFile, AGateFileOfAnotherModelIsRefusedWithItsLine) {
  write("gates.jsonl", "{\"full\": [1, 1, 0]}\n");
  std::string const problem = load_problem(mix(task("a", "gates = \"gates.jsonl\"\n"), kFlux));
  EXPECT_THAT(problem, AllOf(HasSubstr("mix.toml:13: gates"), HasSubstr("gates.jsonl:1"),
                             HasSubstr("small has 4")));
}

TEST_F(MixFile, AWeightThatIsNotPositiveIsRefused) {
  for (std::string const weight : {"0", "-1", "1e300", "inf"}) {
    EXPECT_THAT(load_problem(mix(task("a", "", weight))),
                AllOf(HasSubstr("mix.toml:10: weight"), HasSubstr("positive number")))
        << weight;
  }
  EXPECT_THAT(load_problem(mix(task("a", "", "nan"))), HasSubstr("mix.toml:10: weight"));
  EXPECT_THAT(load_problem(mix(task("a", "prompt_shares = [0]\n"))),
              HasSubstr("mix.toml:13: prompt_shares"));
}

TEST_F(MixFile, AnMsrWithoutItsSourceIsRefused) {
  EXPECT_THAT(
      load_problem(mix(task("a", "msr_ratio = 0.5\n"), kFlux)),
      AllOf(HasSubstr("mix.toml:13: task a has an MSR and no msr_source"), HasSubstr("what if")));
  EXPECT_THAT(load_problem(mix(task("a", "msr_source = \"x\"\n"), kFull)),
              HasSubstr("msr_source and no MSR"));
}

TEST_F(MixFile, WhoDecidesForATaskMustBeSaid) {
  EXPECT_THAT(
      load_problem(mix(task("a"), kFlux)),
      AllOf(HasSubstr("mix.toml:13: policy flux states no decisions"), HasSubstr("task a (")));
}

TEST_F(MixFile, UnknownKeysAreRefusedWithTheNearMiss) {
  EXPECT_THAT(
      load_problem(mix(task("a", "promt_shares = [1]\n"))),
      AllOf(HasSubstr("mix.toml:13: unknown key 'promt_shares'"), HasSubstr("'prompt_shares'")));
  EXPECT_THAT(load_problem(mix(task("a"), kFull, "chunk_token = 2\n")),
              HasSubstr("'chunk_tokens'"));
  EXPECT_THAT(load_problem(mix(task("a"), std::string(kFull) + "msr_ratio = 0.5\n")),
              HasSubstr("unknown key 'msr_ratio'"));
}

TEST_F(MixFile, WhatTablesCouldNotTellApartIsRefused) {
  EXPECT_THAT(load_problem(mix(task("a") + task("a"))), HasSubstr("a second task 'a'"));
  EXPECT_THAT(load_problem(mix(task("a"), std::string(kFull) + kFull)),
              HasSubstr("a second policy 'full'"));
  EXPECT_THAT(load_problem(mix("")), HasSubstr("no [[task]]"));
  EXPECT_THAT(load_problem(mix(task("a"), "")), HasSubstr("no [[policy]]"));
}

TEST_F(MixFile, AListOfAnotherLengthThanThePromptsIsRefused) {
  std::string const lists = "[[task]]\nname = \"a\"\nweight = 1\nprompt_tokens = [100, 300]\n";
  EXPECT_THAT(load_problem(mix(lists + "output_tokens = [1]\n")),
              HasSubstr("output_tokens has 1 entries (prompt_tokens has 2)"));
  EXPECT_THAT(load_problem(mix(lists + "output_tokens = 1\nprompt_shares = [1, 1, 1]\n")),
              HasSubstr("prompt_shares has 3 entries"));
  EXPECT_THAT(load_problem(mix("[[task]]\nname = \"a\"\nweight = 1\nprompt_tokens = []\n"
                               "output_tokens = 1\n")),
              HasSubstr("empty list"));
  EXPECT_THAT(load_problem(mix("[[task]]\nname = \"a\"\nweight = 1\nprompt_tokens = 8388608\n"
                               "output_tokens = 1\n")),
              HasSubstr("a request has at most"));
}

TEST_F(MixFile, TheModelFlagStandsInForTheFilesModelAndIsRecorded) {
  auto const read = load(mix(task("a")), {.model = "qwen3-8b"});
  EXPECT_EQ(read.model.layers, 36);
  EXPECT_THAT(read.toml, HasSubstr("# --model qwen3-8b"));
}

TEST_F(MixFile, TheShippedMixesAreRead) {
  for (std::string const& name : config_names("mixes")) {
    auto const read = load_mix(config_path("mixes", name));
    EXPECT_EQ(read.name, name);
    double weights = 0;
    for (Task const& one : read.tasks) weights += one.weight;
    EXPECT_GT(weights, 0) << name;
  }
  EXPECT_EQ(config_names("mixes").size(), 3u);
}

}  // namespace
}  // namespace fluxscope::workload
