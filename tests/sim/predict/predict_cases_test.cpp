#include "sim/predict/predict_cases.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "analysis/measure/launch_measure.hpp"
#include "base/parallel_for.hpp"
#include "base/random.hpp"
#include "fluxscope_test_paths.hpp"
#include "plan/experiment/experiment.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/simulate.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/experiments.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/test_folder.hpp"

namespace fluxscope::sim {
namespace {

using testing::h200_like;

constexpr char kHeader[] =
    "phase,batch,q_len,kv_len,q_heads,kv_heads,head_dim,selection,sink_tokens,local_tokens,"
    "last_tokens,full_heads,execution,scheduler,kernel\n";

class PredictCases : public fluxscope::testing::TestFolder {
 protected:
  std::string predicted(std::string const& text, DeviceProfile const& profile,
                        PredictOptions const& options = {}) {
    std::string const cases = write("cases.csv", text);
    OutputFile output(path("out.csv"), {.kinds = {predictions_kind()}});
    done_ = predict_cases(cases, profile, output, options);
    output.commit();
    return read("out.csv");
  }

  PredictedRows done_;
};

/// The row of an experiment's case whose requests have the same gates.
std::string row_of(plan::Case const& one) {
  plan::LayerPlan const& plan = one.plan;
  std::string heads;
  for (std::int32_t head = 0; head < plan.shape.kv_heads; ++head) {
    auto const& selection = plan.selection(0, head * (plan.shape.q_heads / plan.shape.kv_heads));
    heads += selection.kind == plan::SelectionKind::full ? '1' : '0';
  }
  bool const sparse = one.sparse_kind != "none";
  bool const triangle = one.sparse_kind == "triangle";
  auto const tokens = [](bool given, std::int32_t value) {
    return given ? std::to_string(value) : std::string();
  };
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},\n", plan::to_text(plan.phase),
                     plan.sequences.size(), plan.sequences[0].q_len, plan.sequences[0].kv_len,
                     plan.shape.q_heads, plan.shape.kv_heads, plan.shape.head_dim,
                     sparse ? one.sparse_kind : "full", tokens(sparse, one.sparse.sink_tokens),
                     tokens(sparse, one.sparse.local_tokens),
                     tokens(triangle, one.sparse.last_tokens), heads, plan::to_text(plan.execution),
                     plan::to_text(plan.scheduler));
}

/// The columns behind the given ones.
std::string expected_end(traces::CaseRecord const& record, analysis::CaseMeasure const& measure) {
  double tail = 0;
  double total = 0;
  for (auto const& launch : measure.attention) {
    tail += launch.tail_area_ns;
    total += launch.sm_count() * launch.window_ns;
  }
  return fmt::format(",{:.6f},{:.6f},{:.6f},{:.6f},", record.time_ns / 1e3,
                     record.time_low_ns / 1e3, record.time_high_ns / 1e3, tail / total);
}

/// Times, intervals and provenance as simulate() has them, the tail as a report of its trace says.
TEST_F(PredictCases, ACaseOfAnExperimentHasTheSameNumbersByBothWays) {
  for (std::string const gpu : {"h200", "a800"}) {
    auto const profile =
        load_device_profile(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/gpus/" + gpu + ".toml");
    auto const experiment = plan::load_experiment(std::string(FLUXSCOPE_SOURCE_DIR) +
                                                  "/configs/experiments/quick.toml");
    traces::Trace const trace = simulate(experiment, profile);
    auto const measures = analysis::measure_cases(trace);
    std::string text = kHeader;
    for (plan::Case const& one : experiment.cases) text += row_of(one);
    std::istringstream lines(predicted(text, profile));
    std::string line;
    std::getline(lines, line);
    ASSERT_GE(experiment.cases.size(), 20u);
    for (std::size_t i = 0; i < experiment.cases.size(); ++i) {
      ASSERT_TRUE(std::getline(lines, line));
      traces::CaseRecord const& record = trace.cases[i];
      EXPECT_NE(line.find(expected_end(record, measures[i])), std::string::npos)
          << record.name << "\n"
          << line << "\n"
          << expected_end(record, measures[i]);
      EXPECT_TRUE(line.ends_with("," + record.provenance)) << line;
    }
    EXPECT_FALSE(std::getline(lines, line));
  }
}

TEST_F(PredictCases, BytesDoNotDependOnBlocksAndMemory) {
  std::string text = kHeader;
  Random random(3);
  for (int i = 0; i < 60; ++i) {
    text += fmt::format("decode,{},1,{},32,8,128,streaming,128,2048,,{},balanced,natural,\n",
                        1 + random.below(4), 1 + random.below(20000), random.below(9));
  }
  std::string const whole = predicted(text, h200_like());
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 61);
  EXPECT_EQ(predicted(text, h200_like(), {.block_rows = 1}), whole);
  EXPECT_EQ(predicted(text, h200_like(), {.block_rows = 7, .remembered = 2}), whole);
}

TEST_F(PredictCases, BytesDoNotDependOnThreads) {
  // More rows than a core does in a go, twice the distinct ones.
  std::string text = kHeader;
  for (int i = 0; i < 600; ++i) {
    text += fmt::format("decode,1,1,{},32,8,128,streaming,128,2048,,{},fused,longest_first,\n",
                        128 + 128 * (i % 300), i % 9);
  }
  std::string const by_all = predicted(text, h200_like());
  ThreadLimit const limit(1);
  EXPECT_EQ(predicted(text, h200_like()), by_all);
}

TEST_F(PredictCases, AShapeThatTheFitDidNotSeeIsExtrapolated) {
  auto profile = h200_like();
  profile.evidence[1].shapes = {{32, 8, 128}};
  auto const out = predicted(
      "phase,kv_len,q_heads,kv_heads,head_dim\n"
      "decode,32768,32,8,128\ndecode,32768,64,8,128\ndecode,32768,32,8,64\n",
      profile);
  std::istringstream lines(out);
  std::string line;
  std::getline(lines, line);
  for (char const* word : {",calibrated", ",extrapolated", ",extrapolated"}) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_TRUE(line.ends_with(word)) << line;
  }
}

TEST_F(PredictCases, EqualLayersAreSimulatedOnce) {
  std::string const row = "decode,4,1,8190,32,8,128,full,,,,,,,\n";
  std::string const same_blocks = "decode,4,1,8192,32,8,128,full,,,,8,,,\n";
  std::string const out = predicted(kHeader + row + row + same_blocks, h200_like());
  EXPECT_EQ(done_.rows, 3);
  EXPECT_EQ(done_.simulated, 1);
  // What a row says of itself is its own: 8190 is no fitted context.
  EXPECT_NE(out.find("full,,,,,,,,"), std::string::npos);
  EXPECT_NE(out.find("interpolated\n"), std::string::npos);
}

/// The heads' places count in a fused launch: a mask is taken as it stands, a number as the first.
TEST_F(PredictCases, FullHeadsAreANumberOrAMask) {
  auto const time_of = [&](std::string const& heads) {
    return predicted(
        kHeader + ("decode,1,1,131072,32,8,128,streaming,128,2048,," + heads + ",fused,natural,\n"),
        h200_like());
  };
  auto const end = [](std::string const& out) { return out.substr(out.find("natural,,")); };
  EXPECT_EQ(end(time_of("3")), end(time_of("11100000")));
  EXPECT_NE(end(time_of("3")), end(time_of("11111111")));
}

TEST_F(PredictCases, RowsThatAreNoneAreRefusedWithLineAndColumn) {
  auto const refused = [&](std::string const& text, std::string const& part) {
    EXPECT_THAT(fluxscope::testing::refusal([&] { predicted(text, h200_like()); }),
                ::testing::HasSubstr(part));
  };
  refused("phase,kvlen,q_heads,kv_heads,head_dim\n",
          "cases.csv:1: 'kvlen' is no column of cases; expected 'kv_len'");
  refused("phase,kv_len,q_heads,kv_heads\n", "cases.csv:1: no column 'head_dim'");
  refused(kHeader, "no cases");
  std::string const good = "decode,1,1,4096,32,8,128,full,,,,,,,\n";
  refused(kHeader + good + "decod,1,1,4096,32,8,128,full,,,,,,,\n",
          "cases.csv:3: phase = 'decod'; expected 'decode'");
  refused(kHeader + good + "prefill,1,5000,4096,32,8,128,full,,,,,,,\n",
          "cases.csv:3: q_len = 5000 is outside [1, 4096]");
  refused(kHeader + good + "decode,1,1,4096,32,8,128,streaming,128,,,,,,\n",
          "cases.csv:3: local_tokens is empty");
  refused(kHeader + good + "decode,1,1,4096,32,8,128,streaming,128,128,5,,,,\n",
          "cases.csv:3: last_tokens is given");
  refused(kHeader + good + "decode,1,1,4096,32,8,128,full,,,,4,,,\n",
          "cases.csv:3: full_heads leaves heads out");
  refused(kHeader + good + "decode,1,1,4096,32,8,128,full,,,,,,,decode_splt\n",
          "cases.csv:3: kernel: decode by decode_splt");
  refused(kHeader + good + "decode,1,1,4096,32,5,128,full,,,,,,,\n", "cases.csv:3: q_heads = 32");
  refused(kHeader + good + "decode,1,1,4096,32,8,128,streaming,128,128,,4,,,\n",
          "cases.csv:3: execution layer_uniform");
  refused(kHeader + good + "decode,1024,1,1000000,32,8,128,full,,,,,,,\n",
          "cases.csv:3: one layer needs");
  refused(kHeader + good + "decode,1,1,128K,32,8,128,full,,,,,,,\n",
          "cases.csv:3: kv_len = '128K' is not a whole number");
  refused(kHeader + good + "decode,1,1,-4096,32,8,128,full,,,,,,,\n",
          "cases.csv:3: kv_len = -4096 is outside [1, 8388608]");
  refused(kHeader + good + "decode,1,1,4096,32,8,128,full\n", "cases.csv:3: 8 cells");
  refused("phase,phase,kv_len,q_heads,kv_heads,head_dim\n",
          "cases.csv:1: column 'phase' is there twice");
  refused("causal,phase,kv_len,q_heads,kv_heads,head_dim\nfalse,decode,128,8,8,128\n",
          "cases.csv:2: causal = 'false'");
}

}  // namespace
}  // namespace fluxscope::sim
