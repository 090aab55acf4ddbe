// Bad experiment files: each is refused with file:line, the problem and what to do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/experiment/file.hpp"
#include "tests/plan/gates_hdf5.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ExperimentErrors : public testing::ExperimentFileTest {
 protected:
  static std::string with(std::string content, std::string const& from, std::string const& to) {
    std::size_t const at = content.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return content.replace(at, from.size(), to);
  }
  /// The message for the plain file with `from` replaced by `to`.
  std::string changed(std::string const& from, std::string const& to) {
    return load_problem(with(text("[[policy]]\nname = \"full\"\n"), from, to));
  }
};

TEST_F(ExperimentErrors, ThePlainFileIsAccepted) { EXPECT_EQ(changed("name", "name"), "accepted"); }

TEST_F(ExperimentErrors, UnknownKeysAreNamedWithTheirNearMiss) {
  EXPECT_THAT(changed("name = \"t\"", "name = \"t\"\nnme = 1"),
              AllOf(HasSubstr("e.toml:2: unknown key 'nme'"), HasSubstr("'name'")));
  EXPECT_THAT(changed("batches = [1]", "batches = [1]\nbatch_size = 1"),
              HasSubstr("e.toml:11: unknown key 'batch_size'"));
  EXPECT_THAT(policy_problem("name = \"full\"\nmsr_ratio = 0.5"),
              HasSubstr("e.toml:14: unknown key 'msr_ratio'"));
  EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = 0.5\nseeds = 3"),
              AllOf(HasSubstr("e.toml:15: unknown key 'seeds'"), HasSubstr("'seed'")));
  EXPECT_THAT(load_problem(text("[[policy]]\nname = \"full\"\n[measure]\nwarmup = 1\n")),
              AllOf(HasSubstr("e.toml:15: unknown key 'warmup'"), HasSubstr("'warmups'")));
  EXPECT_THAT(load_problem(text("[[policy]]\nname = \"full\"\n[trace]\nkeep_ctas = 1\n")),
              HasSubstr("e.toml:15: unknown key 'keep_ctas'"));
  EXPECT_THAT(changed("sink_tokens = 128", "sink_tokens = 128\nlast_tokens = 1"),
              HasSubstr("e.toml:7: unknown key 'last_tokens'"));
}

TEST_F(ExperimentErrors, DuplicateKeysAndBrokenTomlHaveTheirLine) {
  EXPECT_THAT(changed("name = \"t\"", "name = \"t\"\nname = \"u\""), HasSubstr("e.toml:2: "));
  EXPECT_THAT(changed("batches = [1]", "batches = [1"), HasSubstr("e.toml:1"));
}

TEST_F(ExperimentErrors, AWrongUnitIsNamed) {
  EXPECT_THAT(changed("kv_lens_tokens", "kv_lens_ms"),
              AllOf(HasSubstr("e.toml:8: "), HasSubstr("'kv_lens_ms'"), HasSubstr("unit")));
  EXPECT_THAT(load_problem(text("[[policy]]\nname = \"full\"\n[measure]\ncase_time_limit_s = 1\n")),
              AllOf(HasSubstr("e.toml:15: "), HasSubstr("'case_time_limit_ms'")));
}

TEST_F(ExperimentErrors, LengthsAndBatchesMustBePositiveAscendingAndThere) {
  EXPECT_THAT(changed("[4096]", "[0]"), HasSubstr("e.toml:11: kv_lens_tokens = 0 is outside"));
  EXPECT_THAT(changed("[4096]", "[-4096]"), HasSubstr("e.toml:11: kv_lens_tokens"));
  EXPECT_THAT(changed("[4096]", "[4096.5]"), HasSubstr("whole number"));
  EXPECT_THAT(changed("[4096]", "[nan]"), HasSubstr("e.toml:11: kv_lens_tokens"));
  EXPECT_THAT(changed("[4096]", "[4096, 4096]"), HasSubstr("ascending"));
  EXPECT_THAT(changed("[4096]", "[99999999]"), HasSubstr("outside"));
  EXPECT_THAT(changed("[4096]", "[]"), HasSubstr("kv_lens_tokens is empty"));
  EXPECT_THAT(changed("[4096]", "4096"), HasSubstr("not a list"));
  EXPECT_THAT(changed("batches = [1]", "batches = [0]"), HasSubstr("e.toml:10: batches = 0"));
  EXPECT_THAT(changed("batches = [1]", "batches = []"), HasSubstr("batches is empty"));
}

TEST_F(ExperimentErrors, QueriesFitTheShortestContextAndOnlyPrefill) {
  EXPECT_THAT(changed("[4096]", "[4096]\nq_len_tokens = 1"),
              HasSubstr("e.toml:12: unknown key 'q_len_tokens'"));  // decode
  EXPECT_THAT(load_problem(with(with(text("[[policy]]\nname = \"full\"\n"), "decode", "prefill"),
                                "[4096]", "[512, 4096]\nq_len_tokens = 513")),
              HasSubstr("e.toml:12: q_len_tokens = 513 is outside [1, 512]"));
}

TEST_F(ExperimentErrors, UnknownNamesHaveTheirNearMiss) {
  EXPECT_THAT(changed("\"decode\"", "\"decod\""),
              AllOf(HasSubstr("e.toml:9: "), HasSubstr("'decode'")));
  EXPECT_THAT(changed("[\"natural\"]", "[\"naturl\"]"),
              AllOf(HasSubstr("e.toml:3: "), HasSubstr("'natural'")));
  EXPECT_THAT(changed("[\"natural\"]", "[\"natural\", \"natural\"]"), HasSubstr("twice"));
  EXPECT_THAT(changed("[\"natural\"]", "[]"), HasSubstr("schedulers is empty"));
  EXPECT_THAT(changed("\"streaming\"", "\"stream\""), HasSubstr("e.toml:5: "));
  EXPECT_THAT(changed("\"full\"", "\"ful\""), AllOf(HasSubstr("e.toml:13: "), HasSubstr("'full'")));
  EXPECT_THAT(changed("\"full\"", "\"prulong\""),
              HasSubstr("expected one of full, flux, head_dynamic, duo"));
  EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = 0.5\nbatch_rule = \"any\""),
              HasSubstr("e.toml:15: batch_rule"));
  EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = 0.5\nretention = \"evicted\""),
              AllOf(HasSubstr("e.toml:15: "), HasSubstr("'evict'")));
  EXPECT_THAT(policy_problem("name = \"head_dynamic\"\nmsr_ratio = 0.5\nhead_order = \"count\""),
              HasSubstr("e.toml:15: head_order"));
}

TEST_F(ExperimentErrors, ExecutionsMustSuitTheLevel) {
  std::string const head = "name = \"static_ratio\"\nfull_kv_heads = 1\n";
  EXPECT_THAT(policy_problem(head + "executions = [\"layer_uniform\"]"),
              AllOf(HasSubstr("e.toml:15: execution layer_uniform"), HasSubstr("use masked")));
  EXPECT_THAT(policy_problem(head + "executions = [\"fusd\"]"),
              AllOf(HasSubstr("e.toml:15: "), HasSubstr("'fused'")));
  EXPECT_THAT(policy_problem(head + "executions = []"), HasSubstr("executions is empty"));
  EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = 0.5\nexecutions = [\"fused\"]"),
              AllOf(HasSubstr("e.toml:15: execution fused"), HasSubstr("layer_uniform")));
}

TEST_F(ExperimentErrors, AnMsrIsAShare) {
  for (std::string const bad : {"1.5", "-0.1", "nan", "inf", "\"half\""}) {
    EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = " + bad),
                HasSubstr("e.toml:14: msr_ratio"))
        << bad;
  }
}

TEST_F(ExperimentErrors, APolicyHasOneSourceOfDecisions) {
  EXPECT_THAT(policy_problem("name = \"flux\""),
              AllOf(HasSubstr("e.toml:12: "), HasSubstr("msr_ratio or gates")));
  EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = 0.5\ngates = \"g.csv\""),
              AllOf(HasSubstr("e.toml:14: "), HasSubstr("remove one")));
  EXPECT_THAT(policy_problem("name = \"duo\""), HasSubstr("full_heads_per_layer or pattern"));
  EXPECT_THAT(policy_problem("name = \"static_ratio\""), HasSubstr("'full_kv_heads' is missing"));
  EXPECT_THAT(policy_problem("name = \"triangle_mix\""),
              HasSubstr("'first_sparse_layer' is missing"));
}

TEST_F(ExperimentErrors, CountsAreOnePerLayerAndSayTheirMsr) {
  std::string const duo = "name = \"duo\"\nfull_heads_per_layer = ";
  EXPECT_THAT(policy_problem(duo + "[1, 1, 1]"),
              AllOf(HasSubstr("e.toml:14: "), HasSubstr("has 3 numbers"), HasSubstr("4 layers")));
  EXPECT_THAT(policy_problem(duo + "[1, 1, 1, 3]"),
              HasSubstr("e.toml:14: full_heads_per_layer = 3"));
  EXPECT_THAT(policy_problem(duo + "[1, 1, 1, -1]"), HasSubstr("outside [0, 2]"));
  EXPECT_THAT(policy_problem(duo + "[1, 1, 1, 2]\nmsr_ratio = 0.5"),
              AllOf(HasSubstr("e.toml:15: "), HasSubstr("0.375")));
  EXPECT_THAT(policy_problem("name = \"static_ratio\"\nfull_kv_heads = 3"),
              HasSubstr("outside [0, 2]"));
  EXPECT_THAT(policy_problem("name = \"triangle_mix\"\nfirst_sparse_layer = 5"),
              HasSubstr("outside [0, 4]"));
}

TEST_F(ExperimentErrors, GateFilesAreNamedWhereTheyAreUsedAndWhereTheyAreWrong) {
  std::string const head = "name = \"head_dynamic\"\ngates = \"g.csv\"";
  EXPECT_THAT(policy_problem(head), AllOf(HasSubstr("e.toml:14: gates: "), HasSubstr("g.csv")));
  write("g.csv", "request,layer,full\n0,0,1\n0,1,1\n0,3,1\n");
  EXPECT_THAT(policy_problem(head),
              AllOf(HasSubstr("e.toml:14: gates: "), HasSubstr("g.csv:4: "), HasSubstr("layer 2")));
  EXPECT_THAT(policy_problem("name = \"duo\"\npattern = \"p.tsv\"\nmsr_ratio = 0.5"),
              AllOf(HasSubstr("e.toml:14: pattern: "), HasSubstr("p.tsv")));
}

TEST_F(ExperimentErrors, FluxRefusesDecisionsPerHead) {
  write("g.jsonl", "{\"full\": [1, 1, [1, 0], 0]}\n");
  EXPECT_THAT(policy_problem("name = \"flux\"\ngates = \"g.jsonl\""),
              AllOf(HasSubstr("e.toml:14: "), HasSubstr("layer 2"), HasSubstr("head_dynamic")));
}

/// Decisions of three requests in each format, in files g.csv, g.jsonl and g.h5.
class RequestsOfAFile : public ExperimentErrors {
 protected:
  void SetUp() override {
    ExperimentErrors::SetUp();
    write("g.jsonl",
          "{\"full\": [1, 1, 0, 0]}\n{\"full\": [1, 0, 0, 0]}\n{\"full\": [0, 0, 0, 0]}\n");
    write("g.csv",
          "request,layer,full\n0,0,1\n0,1,1\n0,2,0\n0,3,0\n1,0,1\n1,1,0\n1,2,0\n1,3,0\n"
          "2,0,0\n2,1,0\n2,2,0\n2,3,0\n");
    testing::write_gates_hdf5(path("g.h5"), {3, 4}, {1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0});
  }
  /// An experiment of policy flux with the file `gates` and more lines, at these batches.
  static std::string with_gates(std::string const& gates, std::string const& batches,
                                std::string const& lines = "") {
    return text("[[policy]]\nname = \"flux\"\ngates = \"" + gates + "\"\n" + lines, "\"natural\"",
                batches);
  }
};

TEST_F(RequestsOfAFile, ThatABatchDoesNotUseAreRefusedInEveryFormat) {
  for (std::string const gates : {"g.csv", "g.jsonl", "g.h5"}) {
    EXPECT_THAT(load_problem(with_gates(gates, "1")),
                AllOf(HasSubstr("e.toml:14: gates: " + gates), HasSubstr("for 3 requests"),
                      HasSubstr("a batch of 1 uses 1"), HasSubstr("batches = [3]"),
                      HasSubstr("requests = [0]")));
    EXPECT_THAT(load_problem(with_gates(gates, "2")), HasSubstr("a batch of 2 uses 2"));
    EXPECT_THAT(load_problem(with_gates(gates, "4")), HasSubstr("a batch of 4 uses 4"));
    EXPECT_THAT(load_problem(with_gates(gates, "1, 3")), HasSubstr("a batch of 1 uses 1"));
    EXPECT_EQ(load_problem(with_gates(gates, "3")), "accepted");
  }
}

TEST_F(RequestsOfAFile, ArePickedByTheirNumber) {
  // Sparse layers of the three requests: 2, 3 and 4 of 4.
  for (std::string const gates : {"g.csv", "g.jsonl", "g.h5"}) {
    for (int request = 0; request < 3; ++request) {
      std::string const pick = "requests = [" + std::to_string(request) + "]\n";
      EXPECT_EQ(load(with_gates(gates, "1", pick)).rows[0].msr_ratio, 0.5 + 0.25 * request);
      EXPECT_EQ(load(with_gates(gates, "8", pick)).rows[0].msr_ratio, 0.5 + 0.25 * request);
    }
    EXPECT_EQ(load(with_gates(gates, "2", "requests = [0, 2]\n")).rows[0].msr_ratio, 0.75);
  }
}

TEST_F(RequestsOfAFile, ThatAreNotThereOrOutOfOrderAreNamed) {
  auto const pick = [&](std::string const& requests) {
    return load_problem(with_gates("g.csv", "1", "requests = " + requests + "\n"));
  };
  EXPECT_THAT(pick("[3]"),
              AllOf(HasSubstr("e.toml:15: requests holds 3"), HasSubstr("g.csv has 3")));
  EXPECT_THAT(pick("[-1]"), HasSubstr("e.toml:15: requests = -1"));
  EXPECT_THAT(pick("[]"), HasSubstr("e.toml:15: requests is empty"));
  EXPECT_THAT(pick("[1, 1]"), HasSubstr("ascending"));
  EXPECT_THAT(pick("[0, 1]"), AllOf(HasSubstr("for 2 requests"), HasSubstr("a batch of 1")));
  EXPECT_THAT(policy_problem("name = \"flux\"\nmsr_ratio = 0.5\nrequests = [0]"),
              HasSubstr("unknown key 'requests'"));
  EXPECT_THAT(load_problem(with_gates("g.csv", "1", "request = [0]\n")),
              AllOf(HasSubstr("unknown key 'request'"), HasSubstr("'requests'")));
}

TEST_F(ExperimentErrors, SparseHeadsNeedASelection) {
  std::string const flux = "[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n";
  std::string const sparse =
      "[sparse]\nkind = \"streaming\"\nsink_tokens = 128\nlocal_tokens = 256\n";
  EXPECT_THAT(load_problem(with(text(flux), sparse, "")),
              AllOf(HasSubstr("e.toml:8: "), HasSubstr("[sparse]")));
  EXPECT_EQ(load_problem(with(text("[[policy]]\nname = \"full\"\n"), sparse, "")), "accepted");
  EXPECT_THAT(changed("local_tokens = 256", "local_tokens = 0"),
              HasSubstr("e.toml:7: local_tokens = 0"));
  EXPECT_THAT(changed("sink_tokens = 128", "sink_tokens = -1"), HasSubstr("e.toml:6: sink_tokens"));
  EXPECT_THAT(changed("\"streaming\"", "\"triangle\""), HasSubstr("'last_tokens' is missing"));
  EXPECT_THAT(policy_problem("name = \"triangle_mix\"\nfirst_sparse_layer = 2"),
              AllOf(HasSubstr("e.toml:12: "), HasSubstr("[policy.sparse]")));
}

TEST_F(ExperimentErrors, RowsThatLookAlikeAreRefused) {
  std::string const flux = "[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n";
  EXPECT_THAT(load_problem(text(flux + flux + "seed = 2\n")),
              AllOf(HasSubstr("e.toml:15: "), HasSubstr("e.toml:12"), HasSubstr("label")));
  EXPECT_EQ(load_problem(text(flux + flux + "label = \"other\"\nseed = 2\n")), "accepted");
}

TEST_F(ExperimentErrors, TheModelIsNamedWhereItIsUsed) {
  EXPECT_THAT(changed("./small.toml", "llama-3.1-8c"),
              AllOf(HasSubstr("e.toml:2: model: "), HasSubstr("'llama-3.1-8b'")));
  EXPECT_THAT(changed("./small.toml", "./absent.toml"),
              AllOf(HasSubstr("e.toml:2: model: "), HasSubstr("absent.toml")));
  write("bad.toml", "name = \"bad\"\nlayers = 0\n");
  EXPECT_THAT(changed("./small.toml", "bad.toml"),
              AllOf(HasSubstr("e.toml:2: model: "), HasSubstr("bad.toml:2: layers = 0")));
}

TEST_F(ExperimentErrors, DecodeGroupsBeyondATileAreNamed) {
  write("wide.toml",
        "name = \"wide\"\nlayers = 1\nhidden_size = 64\nintermediate_size = 64\nvocab_size = 10\n"
        "q_heads = 32\nkv_heads = 1\nhead_dim = 64\n");
  EXPECT_THAT(changed("./small.toml", "./wide.toml"),
              AllOf(HasSubstr("e.toml:9: "), HasSubstr("above 16")));
}

TEST_F(ExperimentErrors, SettingsAreWithinTheirRanges) {
  auto const setting = [&](std::string const& lines) {
    return load_problem(text("[[policy]]\nname = \"full\"\n" + lines));
  };
  EXPECT_THAT(setting("[measure]\nsamples = 0\n"), HasSubstr("e.toml:15: samples = 0"));
  EXPECT_THAT(setting("[measure]\nsamples = 2\nmin_samples = 3\n"),
              AllOf(HasSubstr("e.toml:16: "), HasSubstr("above samples")));
  EXPECT_THAT(setting("[measure]\ncase_time_limit_ms = nan\n"), HasSubstr("e.toml:15: "));
  EXPECT_THAT(setting("[measure]\nprobe = 1\n"), HasSubstr("e.toml:15: probe = 1"));
  EXPECT_THAT(setting("[trace]\nkeep_cta_rows = -1\n"), HasSubstr("e.toml:15: "));
  EXPECT_THAT(setting("[trace]\nkeep_contexts = [8192]\n"),
              AllOf(HasSubstr("e.toml:15: "), HasSubstr("8192"), HasSubstr("no workload")));
}

TEST_F(ExperimentErrors, AnExperimentNeedsAWorkloadAndAPolicy) {
  EXPECT_THAT(load_problem(text("")), HasSubstr("no [[policy]]"));
  EXPECT_THAT(load_problem("name = \"t\"\nmodel = \"./small.toml\"\nschedulers = [\"natural\"]\n"
                           "[[policy]]\nname = \"full\"\n"),
              HasSubstr("no [[workload]]"));
  EXPECT_THAT(load_problem(""), HasSubstr("'name' is missing"));
  EXPECT_THAT(testing::problem([&] { return load_experiment(path("absent.toml")); }),
              HasSubstr("absent.toml"));
}

}  // namespace
}  // namespace fluxscope::plan
