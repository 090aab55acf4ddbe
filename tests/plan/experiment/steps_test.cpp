// Experiments of whole steps: which steps, of which layers, a file means.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/experiment/step_file.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ExperimentSteps = testing::StepFileTest;

TEST_F(ExperimentSteps, ARowHasAStepForEachLaunchMode) {
  auto const experiment = load(steps(kFull));

  ASSERT_EQ(experiment.rows.size(), 1u);
  ASSERT_EQ(experiment.steps.size(), 2u);
  EXPECT_EQ(experiment.steps[0].name, "decode/b1/kv4096/full/msr0/layer_uniform/natural/eager");
  EXPECT_EQ(experiment.steps[1].name, "decode/b1/kv4096/full/msr0/layer_uniform/natural/graph");
  EXPECT_EQ(experiment.steps[1].step_id, 1u);
  EXPECT_EQ(experiment.steps[1].mode, LaunchMode::graph);
  EXPECT_EQ(experiment.steps[1].layer_cases, experiment.rows[0].layer_cases);
  EXPECT_THAT(experiment.steps[0].shape.sequences, ElementsAre(SequenceShape{1, 4096}));
  EXPECT_EQ(load(steps(kFull, kDecode, "launch = [\"graph\"]\n")).steps.size(), 1u);
}

TEST_F(ExperimentSteps, AnExperimentOfLayersHasNone) {
  EXPECT_THAT(load(text(kFull)).steps, IsEmpty());
}

// 1000 tokens by 384: 384, 384 and the 232 that are left, each behind the ones before.
TEST_F(ExperimentSteps, ChunksCutAPromptAndKeepTheRequestsGates) {
  auto const experiment =
      load(steps("[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n",
                 prefill("1000", "chunk_tokens = 384\n"), "launch = [\"graph\"]\n"));

  ASSERT_EQ(experiment.steps.size(), 3u);
  std::vector<SequenceShape> const want = {{384, 384}, {384, 768}, {232, 1000}};
  for (std::size_t i = 0; i < 3; ++i) {
    Step const& step = experiment.steps[i];
    EXPECT_THAT(step.shape.sequences, ElementsAre(want[i]));
    EXPECT_EQ(step.shape.last_chunk, i == 2);
    EXPECT_EQ(step.shape.routed, i == 0);  // a request is routed once
    EXPECT_EQ(step.gates, experiment.steps[0].gates);
    ASSERT_EQ(step.layer_cases.size(), 4u);
    for (std::size_t layer = 0; layer < 4; ++layer) {
      Case const& one = experiment.cases[step.layer_cases[layer]];
      EXPECT_EQ(one.full_kv_heads > 0, step.gates->at(0, static_cast<int>(layer), 0) == 1);
      EXPECT_THAT(one.plan.sequences, ElementsAre(want[i]));
    }
  }
  EXPECT_THAT(experiment.steps[1].name, HasSubstr("/chunk2of3/graph"));
  EXPECT_EQ(experiment.rows[0].q_len, 1000);
  EXPECT_EQ(experiment.rows[0].layer_cases.size(), 12u);
}

TEST_F(ExperimentSteps, RequestsOfABatchHaveTheirLengthsAndTheirGates) {
  write("g.csv", "request,layer,full\n0,0,1\n0,1,1\n0,2,1\n0,3,1\n1,0,1\n1,1,1\n1,2,0\n1,3,1\n");
  std::string const flux = "[[policy]]\nname = \"flux\"\ngates = \"g.csv\"\n";
  std::string const ragged = "phase = \"decode\"\nrequest_kv_lens_tokens = [[4096, 512]]\n";

  auto const experiment = load(steps(flux, ragged));

  Row const& row = experiment.rows.at(0);
  EXPECT_EQ(row.batch, 2);
  EXPECT_EQ(row.kv_len, 4096);
  EXPECT_EQ(row.kv_tokens, 4608);
  EXPECT_THAT(experiment.steps[0].name, HasSubstr("decode/b2/kv4096+4608/flux/"));
  Case const& mixed = experiment.cases[row.layer_cases[2]];
  EXPECT_THAT(mixed.plan.sequences, ElementsAre(SequenceShape{1, 4096}, SequenceShape{1, 512}));
  EXPECT_EQ(mixed.plan.selection(0, 0).kind, SelectionKind::full);
  EXPECT_EQ(mixed.plan.selection(1, 0).kind, SelectionKind::streaming);
  EXPECT_THAT(mixed.name, HasSubstr("decode/b2/kv4096+4608/full2of4/"));
}

TEST_F(ExperimentSteps, LayersTakeBatchesOfDifferentLengthsToo) {
  std::string content = text(kFull);
  content.replace(content.find("batches"),
                  std::string("batches = [1]\nkv_lens_tokens = [4096]").size(),
                  "batches = [2]\nkv_lens_tokens = [256]\nrequest_kv_lens_tokens = [[256, 128], "
                  "[64]]");

  auto const experiment = load(content);

  ASSERT_EQ(experiment.rows.size(), 3u);
  EXPECT_EQ(experiment.rows[0].kv_tokens, 512);
  EXPECT_EQ(experiment.rows[1].kv_tokens, 384);
  EXPECT_EQ(experiment.rows[2].kv_tokens, 64);
}

TEST_F(ExperimentSteps, OneRankOfAGroupIsPlanned) {
  auto const experiment =
      load(steps("[[policy]]\nname = \"head_dynamic\"\nmsr_ratio = 0.5\nseed = "
                 "3\nexecutions = [\"fused\"]\n",
                 kDecode, "ranks = 2\n"));

  EXPECT_EQ(experiment.model.attention.q_heads, 4);  // the whole model's
  for (Case const& one : experiment.cases) {
    EXPECT_EQ(one.plan.shape.q_heads, 2);
    EXPECT_EQ(one.plan.shape.kv_heads, 1);
  }
  Step const& step = experiment.steps[0];
  EXPECT_EQ(step.shape.ranks, 2);
  EXPECT_EQ(step.gates->kv_heads, 1);
  // Eight pairs of layer and head, four of them full under this seed: ranks cannot all agree
  // unless layers are whole.
  EXPECT_EQ(experiment.notes.size(), experiment.rows[0].layer_cases.size() == 4 ? 1u : 0u);
  EXPECT_THAT(experiment.notes.at(0), HasSubstr("the steps are rank 0's"));
}

TEST_F(ExperimentSteps, AFluxPrefillPaysForItsRouterUnlessToldOtherwise) {
  auto const routed = [&](std::string const& lines, std::string const& workload) {
    return load(steps("[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n" + lines, workload))
        .steps.at(0)
        .shape.routed;
  };
  EXPECT_TRUE(routed("", prefill("512")));
  EXPECT_FALSE(routed("routed = false\n", prefill("512")));
  EXPECT_FALSE(routed("", kDecode));
}

}  // namespace
}  // namespace fluxscope::plan
