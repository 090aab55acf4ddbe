// Expansion: which cases and rows a file means.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "plan/layer/names.hpp"
#include "tests/plan/experiment/file.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ExperimentExpansion : public testing::ExperimentFileTest {
 protected:
  static std::vector<std::string> layer_names(Experiment const& experiment, std::size_t row) {
    std::vector<std::string> names;
    for (std::uint32_t const id : experiment.rows.at(row).layer_cases) {
      names.push_back(experiment.cases.at(id).name);
    }
    return names;
  }
  static int full_layers(Experiment const& experiment, std::size_t row) {
    int count = 0;
    for (auto const& name : layer_names(experiment, row)) {
      count += name.find("full2of2") != std::string::npos ? 1 : 0;
    }
    return count;
  }
};

TEST_F(ExperimentExpansion, FullIsOneCaseForAllLayers) {
  auto const experiment = load(text("[[policy]]\nname = \"full\"\n"));

  EXPECT_EQ(experiment.name, "t");
  EXPECT_EQ(experiment.path, path("e.toml"));
  EXPECT_EQ(experiment.toml, text("[[policy]]\nname = \"full\"\n"));
  EXPECT_EQ(experiment.model.name, "small");
  ASSERT_EQ(experiment.cases.size(), 1u);
  EXPECT_EQ(experiment.cases[0].name, "decode/b1/kv4096/full2of2/layer_uniform/natural");
  ASSERT_EQ(experiment.rows.size(), 1u);
  Row const& row = experiment.rows[0];
  EXPECT_EQ(row.policy, "full");
  EXPECT_EQ(row.level, "full");
  EXPECT_EQ(row.msr_ratio, 0);
  EXPECT_EQ(row.q_len, 1);
  EXPECT_EQ(row.kv_len, 4096);
  EXPECT_THAT(row.layer_cases, ElementsAre(0, 0, 0, 0));
}

TEST_F(ExperimentExpansion, FluxAndFullShareTheFullCase) {
  auto const experiment =
      load(text("[[policy]]\nname = \"full\"\n[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n",
                "\"natural\", \"persistent\""));

  // Full and sparse, under two schedulers; a row per policy and scheduler.
  EXPECT_EQ(experiment.cases.size(), 4u);
  ASSERT_EQ(experiment.rows.size(), 4u);
  Row const& flux = experiment.rows[2];
  EXPECT_EQ(flux.policy, "flux");
  EXPECT_EQ(flux.level, "layer");
  EXPECT_EQ(flux.msr_ratio, 0.5);
  EXPECT_EQ(flux.execution, Execution::layer_uniform);
  EXPECT_EQ(full_layers(experiment, 2), 2);
  std::uint32_t const full = experiment.rows[0].layer_cases[0];
  EXPECT_EQ(std::count(flux.layer_cases.begin(), flux.layer_cases.end(), full), 2);
}

TEST_F(ExperimentExpansion, RowsCarryTheMsrThatTheGatesHave) {
  auto const experiment = load(text("[[policy]]\nname = \"flux\"\nmsr_ratio = 0.4\n"));

  // round(0.6 x 4) = 2 full layers of 4.
  EXPECT_EQ(experiment.rows[0].msr_ratio, 0.5);
}

TEST_F(ExperimentExpansion, CountsMakeOneCasePerCountAndExecution) {
  auto const experiment = load(
      text("[[policy]]\nname = \"duo\"\nfull_heads_per_layer = [1, 0, 1, 2]\nmsr_ratio = 0.5\n",
           "\"natural\", \"longest_first\", \"persistent\""));

  // Under each of 3 schedulers: a full and a sparse layer, shared by all executions, and the mixed
  // layer under 5 executions.
  EXPECT_EQ(experiment.cases.size(), 3u * (2 + 5));
  EXPECT_EQ(experiment.rows.size(), 3u * 5);
  for (Row const& row : experiment.rows) {
    EXPECT_EQ(row.level, "head");
    EXPECT_EQ(row.msr_ratio, 0.5);
    EXPECT_EQ(row.layer_cases[0], row.layer_cases[2]);
    Case const& mixed = experiment.cases[row.layer_cases[0]];
    EXPECT_EQ(mixed.plan.execution, row.execution);
    EXPECT_EQ(mixed.plan.scheduler, row.scheduler);
    EXPECT_EQ(mixed.full_kv_heads, 1);
    EXPECT_EQ(experiment.cases[row.layer_cases[1]].plan.execution, Execution::layer_uniform);
    EXPECT_EQ(experiment.cases[row.layer_cases[3]].full_kv_heads, 2);
  }
}

TEST_F(ExperimentExpansion, StaticRatioIsOneCasePerExecution) {
  auto const experiment =
      load(text("[[policy]]\nname = \"static_ratio\"\nfull_kv_heads = 1\nexecutions = [\"fused\", "
                "\"masked\"]\n"));

  EXPECT_EQ(experiment.cases.size(), 2u);
  ASSERT_EQ(experiment.rows.size(), 2u);
  EXPECT_EQ(experiment.rows[1].execution, Execution::masked);
  EXPECT_EQ(experiment.rows[1].msr_ratio, 0.5);
}

TEST_F(ExperimentExpansion, TriangleMixIsSparseFromItsFirstSparseLayer) {
  auto const experiment =
      load(text("[[policy]]\nname = \"triangle_mix\"\nfirst_sparse_layer = 3\n[policy.sparse]\n"
                "kind = \"triangle\"\nsink_tokens = 128\nlocal_tokens = 256\nlast_tokens = 128\n"));

  ASSERT_EQ(experiment.rows.size(), 1u);
  EXPECT_EQ(experiment.rows[0].level, "layer");
  EXPECT_EQ(experiment.rows[0].msr_ratio, 0.25);
  auto const names = layer_names(experiment, 0);
  EXPECT_THAT(names[2], HasSubstr("full2of2"));
  EXPECT_EQ(names[3], "decode/b1/kv4096/full0of2/layer_uniform/natural/triangle");
  EXPECT_EQ(experiment.cases.back().sparse.last_tokens, 128);
}

TEST_F(ExperimentExpansion, PrefillQueriesAreTheWholeContextUnlessSaid) {
  std::string const policies = "[[policy]]\nname = \"full\"\n";
  std::string content = text(policies);
  content.replace(content.find("\"decode\""), 8, "\"prefill\"");

  auto const whole = load(content);
  content.insert(content.find("[[policy]]"), "q_len_tokens = 512\n");
  auto const chunk = load(content);

  EXPECT_EQ(whole.rows[0].q_len, 4096);
  EXPECT_EQ(whole.cases[0].plan.sequences[0], (SequenceShape{4096, 4096}));
  EXPECT_EQ(chunk.rows[0].q_len, 512);
  EXPECT_EQ(chunk.cases[0].plan.sequences[0], (SequenceShape{512, 4096}));
}

TEST_F(ExperimentExpansion, EveryBatchMeetsEveryContext) {
  std::string content = text("[[policy]]\nname = \"full\"\n", "\"natural\"", "1, 8");
  content.replace(content.find("[4096]"), 6, "[4096, 8192, 16384]");

  auto const experiment = load(content);

  EXPECT_EQ(experiment.cases.size(), 2u * 3);
  EXPECT_EQ(experiment.cases.back().name, "decode/b8/kv16384/full2of2/layer_uniform/natural");
  EXPECT_EQ(experiment.cases.back().plan.sequences.size(), 8u);
  EXPECT_EQ(experiment.cases.back().full_kv_heads, 16);
  std::set<std::string> names;
  for (Case const& one : experiment.cases) names.insert(one.name);
  EXPECT_EQ(names.size(), experiment.cases.size());
}

TEST_F(ExperimentExpansion, RequestsOfABatchShareTheirGatesUnlessSaid) {
  std::string const flux = "[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\nseed = 3\n";
  auto const shared = load(text(flux, "\"natural\"", "4"));
  auto const own = load(text(flux + "gate_per_request = true\n", "\"natural\"", "4"));

  auto const kinds = [](Experiment const& experiment) {
    int mixed = 0;
    for (Case const& one : experiment.cases) {
      mixed += one.full_kv_heads > 0 && one.full_kv_heads < 8 ? 1 : 0;
    }
    return mixed;
  };
  EXPECT_EQ(kinds(shared), 0);
  EXPECT_GT(kinds(own), 0);
  EXPECT_EQ(own.rows[0].msr_ratio, 0.5);
}

TEST_F(ExperimentExpansion, BatchRulesAreCasesOfTheirOwnWhereRequestsDiffer) {
  auto const policy = [](std::string const& rule) {
    return "[[policy]]\nname = \"flux\"\nlabel = \"" + rule +
           "\"\ngates = \"g.csv\"\nbatch_rule = \"" + rule + "\"\n";
  };
  // Request 0 is full in layers 0 and 1, request 1 in layers 0 and 2.
  write("g.csv", "request,layer,full\n0,0,1\n0,1,1\n0,2,0\n0,3,0\n1,0,1\n1,1,0\n1,2,1\n1,3,0\n");

  auto const experiment = load(text(
      policy("any_full") + policy("group_by_gate") + policy("per_request"), "\"natural\"", "2"));

  // Layers 0 and 3 are alike in both requests: one case each. Layers 1 and 2 under three rules.
  EXPECT_EQ(experiment.cases.size(), 2u + 2 * 3);
  ASSERT_EQ(experiment.rows.size(), 3u);
  EXPECT_EQ(layer_names(experiment, 0)[1],
            "decode/b2/kv4096/full2of4/layer_uniform/natural/any_full");
  EXPECT_EQ(layer_names(experiment, 0)[2],
            "decode/b2/kv4096/full2of4/layer_uniform/natural/any_full/#2");
  EXPECT_EQ(experiment.rows[0].layer_cases[0], experiment.rows[2].layer_cases[0]);
  EXPECT_EQ(experiment.cases[experiment.rows[1].layer_cases[1]].plan.batch_rule,
            BatchRule::group_by_gate);
}

TEST_F(ExperimentExpansion, GatesOfAFileAreReadBesideTheExperiment) {
  write("g.jsonl", "{\"full\": [[1, 0], [0, 1], [1, 1], [0, 0]]}\n");

  auto const experiment = load(
      text("[[policy]]\nname = \"head_dynamic\"\ngates = \"g.jsonl\"\nexecutions = [\"fused\"]\n"));

  ASSERT_EQ(experiment.rows.size(), 1u);
  EXPECT_EQ(experiment.rows[0].msr_ratio, 0.5);
  auto const selections = experiment.cases[experiment.rows[0].layer_cases[1]].plan.selections;
  EXPECT_EQ(selections[0].kind, SelectionKind::streaming);
  EXPECT_EQ(selections[3].kind, SelectionKind::full);
}

TEST_F(ExperimentExpansion, CountOrderMakesLayersWithAsManyFullHeadsOneCase) {
  write("g.jsonl", "{\"full\": [[1, 0], [0, 1], [1, 0], [0, 1]]}\n");
  std::string const policy =
      "[[policy]]\nname = \"head_dynamic\"\ngates = \"g.jsonl\"\nexecutions = [\"fused\"]\n";

  EXPECT_EQ(load(text(policy)).cases.size(), 2u);
  EXPECT_EQ(load(text(policy + "head_order = \"as_decided\"\n")).cases.size(), 2u);
  EXPECT_EQ(load(text(policy + "head_order = \"by_count\"\n")).cases.size(), 1u);
}

TEST_F(ExperimentExpansion, ADuoPatternOpensItsHighestScores) {
  write("p.tsv", "0.9\t0.1\n0.2\t0.8\n0.7\t0.3\n0.0\t0.6\n");

  auto const experiment =
      load(text("[[policy]]\nname = \"duo\"\npattern = \"p.tsv\"\nmsr_ratio = 0.625\n"
                "executions = [\"balanced\"]\n"));

  // round(0.375 x 8) = 3: heads (0, 0), (1, 1), (2, 0).
  EXPECT_EQ(experiment.rows[0].msr_ratio, 0.625);
  EXPECT_EQ(experiment.rows[0].layer_cases[0], experiment.rows[0].layer_cases[2]);
  EXPECT_EQ(experiment.cases[experiment.rows[0].layer_cases[3]].full_kv_heads, 0);
}

TEST_F(ExperimentExpansion, TiedScoresOfAPatternAreCountedOnItsRows) {
  write("p.tsv", "1.0\t1.5\n1.0\t0.5\n1.0\t-0.5\n0.0\t-1\n");
  std::string const duo =
      "[[policy]]\nname = \"duo\"\npattern = \"p.tsv\"\nexecutions = [\"fused\"]\n";

  // Clipped to [0, 1] four scores are 1 and three are 0; 2, 4 and 6 of 8 heads are full.
  auto const experiment = load(text("[[policy]]\nname = \"full\"\n" + duo + "msr_ratio = 0.75\n" +
                                    duo + "msr_ratio = 0.5\n" + duo +
                                    "msr_ratio = 0.25\nseed = 9\nhead_order = \"by_count\"\n"));

  ASSERT_EQ(experiment.rows.size(), 4u);
  EXPECT_EQ(experiment.rows[0].tied_kv_heads, 0);
  EXPECT_EQ(experiment.rows[1].tied_kv_heads, 4);
  EXPECT_EQ(experiment.rows[1].tie_seed, 1u);
  EXPECT_EQ(experiment.rows[2].tied_kv_heads, 0);
  EXPECT_EQ(experiment.rows[3].tied_kv_heads, 3);
  EXPECT_EQ(experiment.rows[3].tie_seed, 9u);
}

TEST_F(ExperimentExpansion, EvictionIsACaseOfItsOwnForSparseLayersOnly) {
  auto const experiment =
      load(text("[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n[[policy]]\nname = \"flux\"\n"
                "label = \"flux, evicting\"\nmsr_ratio = 0.5\nretention = \"evict\"\n"));

  ASSERT_EQ(experiment.cases.size(), 3u);  // full; sparse; sparse and evicted
  EXPECT_EQ(experiment.cases[2].name, "decode/b1/kv4096/full0of2/layer_uniform/natural/evict");
}

TEST_F(ExperimentExpansion, APolicyMayHaveItsOwnSchedulers) {
  auto const experiment = load(
      text("[[policy]]\nname = \"full\"\n[[policy]]\nname = \"static_ratio\"\nfull_kv_heads = 1\n"
           "executions = [\"fused\"]\nschedulers = [\"balanced_split\"]\n",
           "\"natural\", \"persistent\""));

  ASSERT_EQ(experiment.rows.size(), 3u);
  EXPECT_EQ(experiment.rows[2].scheduler, Scheduler::balanced_split);
}

TEST_F(ExperimentExpansion, MeasureAndTraceKeysAreTheSettings) {
  auto const experiment =
      load(text("[[policy]]\nname = \"full\"\n[measure]\nsamples = 5\nmin_samples = 2\n"
                "case_time_limit_ms = 50.5\nwarmups = 0\nactivity = false\nprobe = false\n"
                "counters = false\nseed = 9\n[trace]\nkeep_cta_rows = 10\nkeep_warp_rows = 20\n"
                "keep_contexts = [4096]\n"));

  MeasureSettings const& measure = experiment.measure;
  EXPECT_EQ(measure.samples, 5);
  EXPECT_EQ(measure.min_samples, 2);
  EXPECT_EQ(measure.case_time_limit_ms, 50.5);
  EXPECT_EQ(measure.warmups, 0);
  EXPECT_FALSE(measure.activity || measure.probe || measure.counters);
  EXPECT_EQ(measure.seed, 9u);
  EXPECT_EQ(measure.keep_cta_rows, 10);
  EXPECT_EQ(measure.keep_warp_rows, 20);
  EXPECT_THAT(measure.keep_contexts, ElementsAre(4096));
}

TEST_F(ExperimentExpansion, ThePrefillKernelIsTheGpusBestUnlessNamed) {
  std::string const full = text("[[policy]]\nname = \"full\"\n");

  EXPECT_FALSE(load(full).prefill_kernel.has_value());
  EXPECT_EQ(load("prefill_kernel = \"prefill_wgmma\"\n" + full).prefill_kernel,
            PrefillKernel::prefill_wgmma);
  EXPECT_EQ(load("prefill_kernel = \"prefill_mma\"\n" + full).prefill_kernel,
            PrefillKernel::prefill_mma);
}

}  // namespace
}  // namespace fluxscope::plan
