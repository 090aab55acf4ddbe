#include "sim/replay/replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "plan/experiment/experiment.hpp"
#include "plan/layer/names.hpp"
#include "sim/replay/break_even.hpp"
#include "sim/replay/memory.hpp"
#include "sim/replay/replayer.hpp"
#include "sim/step/simulate.hpp"
#include "tests/close.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/sim/step/small_tables.hpp"
#include "tests/workload/mix/mix_file.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPolicies[] =
    "[[policy]]\nname = \"full\"\n"
    "[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\nrouted = false\n"
    "[[policy]]\nname = \"head_dynamic\"\nmsr_ratio = 0.5\n"
    "executions = [\"fused\", \"two_pool\", \"gather\"]\n";

class ReplayFixture : public workload::testing::MixFileTest {
 protected:
  static DeviceProfile with_tables() {
    DeviceProfile profile = testing::h200_like();
    profile.step = testing::small_tables(profile.spec);
    return profile;
  }
  traces::Replay replay(std::string const& mix_text, DeviceProfile const& profile,
                        bool break_evens = false) {
    return replay_mix(load(mix_text), profile, {.break_evens = break_evens});
  }
  static std::vector<traces::ReplayRow> rows_of(traces::Replay const& replay,
                                                std::string const& task) {
    std::vector<traces::ReplayRow> rows;
    for (auto const& row : replay.rows) {
      if (row.task == task) rows.push_back(row);
    }
    return rows;
  }
  /// A variant of a mix's policy for its first task.
  static Variant variant(workload::Mix const& mix, std::size_t policy, plan::Execution execution,
                         plan::LaunchMode mode) {
    auto const& decisions = mix.policies.at(policy).of_task.at(0);
    return {.policy = decisions.policy.get(),
            .gates = &decisions.batches.at(0),
            .execution = execution,
            .mode = mode};
  }
};
using Replay = ReplayFixture;

TEST_F(Replay, AStepIsThatOfSimulate) {
  std::string const head =
      "name = \"t\"\nmodel = \"./small.toml\"\nschedulers = [\"natural\"]\n"
      "[sparse]\nkind = \"streaming\"\nsink_tokens = 128\nlocal_tokens = 256\n";
  auto const experiment = plan::load_experiment(write(
      "e.toml", "unit = \"step\"\n" + head +
                    "[[workload]]\nphase = \"decode\"\nbatches = [1]\nkv_lens_tokens = [4000]\n"
                    "[[workload]]\nphase = \"prefill\"\nbatches = [1]\nkv_lens_tokens = [3000]\n"
                    "[[workload]]\nphase = \"prefill\"\nbatches = [2]\nkv_lens_tokens = [3000]\n"
                    "chunk_tokens = 1024\n" +
                    kPolicies));
  DeviceProfile const profile = with_tables();
  traces::Trace const trace = simulate_experiment(experiment, profile);
  std::map<std::string, double> simulated;  // chunks of a prefill summed
  for (traces::StepRecord const& step : trace.steps) {
    traces::RowRecord const& row = trace.rows[step.row_id];
    simulated[row.phase + std::to_string(row.batch) + row.policy + row.execution + step.mode] +=
        step.time_ns;
  }
  EXPECT_EQ(simulated.size(), 3u * 5 * 2);

  for (std::int32_t const batch : {1, 2}) {
    auto const mix =
        load(MixFileTest::mix(task("a"), kPolicies, "batch = " + std::to_string(batch) + "\n"));
    Replayer replayer(mix.model, profile, mix.launch);
    ASSERT_EQ(replayer.attention_alone(), "");
    for (std::size_t policy = 0; policy < mix.policies.size(); ++policy) {
      for (auto const execution : mix.policies[policy].of_task[0].policy->executions) {
        for (auto const mode : mix.launch) {
          Variant const way = variant(mix, policy, execution, mode);
          std::string const key = std::to_string(batch) + mix.policies[policy].label +
                                  plan::to_text(execution) + plan::to_text(mode);
          Replayed const prompt = replayer.prefill(way, 3000, batch == 1 ? 0 : 1024);
          EXPECT_TRUE(close(prompt.time.time_ns, simulated.at("prefill" + key), {1e-6, 1e-12}))
              << key;
          if (batch > 1) continue;
          Replayed const token = replayer.token(way, 4000);
          EXPECT_TRUE(close(token.time.time_ns, simulated.at("decode" + key), {1e-6, 1e-12}))
              << key;
        }
      }
    }
  }
}

TEST_F(Replay, TheSumOverNodesIsNearThatOverTokens) {
  auto const mix = load(MixFileTest::mix(task("a"), kPolicies));
  DeviceProfile const profile = with_tables();
  Replayer replayer(mix.model, profile, mix.launch);
  for (std::size_t const policy : {0u, 1u, 2u}) {
    auto const execution = mix.policies[policy].of_task[0].policy->executions.front();
    Variant const way = variant(mix, policy, execution, plan::LaunchMode::graph);
    for (auto const& [first, count] :
         {std::pair<std::int64_t, std::int64_t>{2001, 300}, {130, 9000}, {60000, 6000}}) {
      double plain_ns = 0;
      for (std::int64_t kv_len = first; kv_len < first + count; ++kv_len) {
        plain_ns += replayer.token(way, kv_len).time.time_ns;
      }
      double const ns = replayer.tokens(way, first, count).time.time_ns;
      // Up to 5 blocks the sum is the same; else lines through steps and sawteeth of whole waves.
      EXPECT_TRUE(close(ns, plain_ns, {0, count > 600 ? 0.005 : 1e-9})) << policy << " " << first;
    }
  }
}

TEST_F(Replay, WithoutTablesAttentionAloneIsPredictedAndSaysSo) {
  DeviceProfile const profile = testing::h200_like();
  auto const result = replay(MixFileTest::mix(task("a"), kPolicies), profile);
  EXPECT_THAT(result.attention_alone,
              AllOf(HasSubstr("has no [launch]"), HasSubstr("docs/simulator.md, \"Steps\"")));
  ASSERT_EQ(rows_of(result, "").size(), 5u);  // no modes: attention is launched alike
  auto const mix = load(MixFileTest::mix(task("a"), kPolicies));
  Replayer replayer(mix.model, profile, mix.launch);
  for (auto const& row : result.rows) {
    EXPECT_EQ(row.mode, "");
    EXPECT_TRUE(std::isnan(row.attention_ratio));
  }
  // 4 equal full layers, each as the model has it alone.
  plan::LayerPlan layer{.phase = plan::Phase::prefill,
                        .shape = mix.model.attention,
                        .sequences = {{2000, 2000}},
                        .selections = std::vector<plan::Selection>(4)};
  LayerBook book(profile);
  auto const id = book.id_of(layer);
  book.simulate({id});
  EXPECT_TRUE(close(result.rows[0].first_token.time_ns, 4 * book.at(id).alone.time_ns, {1e-6, 0}));
}

TEST_F(Replay, PartsSumToTheTimes) {
  for (auto const& profile : {with_tables(), testing::h200_like()}) {
    auto const result = replay(MixFileTest::mix(task("a"), kPolicies), profile);
    for (auto const& row : result.rows) {
      double const prefill = std::accumulate(row.prefill_ns.begin(), row.prefill_ns.end(), 0.0);
      double const decode = std::accumulate(row.decode_ns.begin(), row.decode_ns.end(), 0.0);
      EXPECT_TRUE(close(prefill, row.first_token.time_ns, {0, 1e-9})) << row.policy;
      EXPECT_TRUE(close(prefill + decode, row.latency.time_ns, {0, 1e-9})) << row.policy;
      EXPECT_TRUE(close(decode, 9 * row.per_token.time_ns, {0, 1e-9})) << row.policy;
      bool const whole = result.attention_alone.empty();
      auto const other =
          row.prefill_ns[static_cast<std::size_t>(traces::ReplayPart::not_attention)];
      EXPECT_EQ(other > 0, whole);
    }
  }
}

// Tasks of weights 1 and 3; the second's output is one token, which has no time per token.
TEST_F(Replay, TheMixIsTheWeightedMeanOfItsTasks) {
  std::string const second =
      "[[task]]\nname = \"b\"\nweight = 3\nprompt_tokens = 5000\noutput_tokens = 1\n";
  auto const result = replay(MixFileTest::mix(task("a") + second, kPolicies), with_tables());
  auto const all = rows_of(result, "");
  auto const a = rows_of(result, "a");
  auto const b = rows_of(result, "b");
  ASSERT_EQ(all.size(), 10u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(a[i].weight, 0.25);
    EXPECT_TRUE(std::isnan(b[i].per_token.time_ns));
    EXPECT_TRUE(close(all[i].first_token.time_ns,
                      0.25 * a[i].first_token.time_ns + 0.75 * b[i].first_token.time_ns,
                      {0, 1e-12}));
    EXPECT_TRUE(close(all[i].latency.time_ns,
                      0.25 * a[i].latency.time_ns + 0.75 * b[i].latency.time_ns, {0, 1e-12}));
    EXPECT_TRUE(close(all[i].per_token.time_ns, a[i].per_token.time_ns, {0, 1e-12}));
    EXPECT_TRUE(close(all[i].latency_speedup.value,
                      all[i < 5 ? 0 : 5].latency.time_ns / all[i].latency.time_ns, {0, 1e-12}));
  }
}

TEST_F(Replay, FullIsAddedWhereTheMixHasNone) {
  auto const result = replay(MixFileTest::mix(task("a", msr(0.5)), kFlux), with_tables());
  auto const rows = rows_of(result, "");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].policy, "full");
  EXPECT_EQ(rows[0].latency_speedup.value, 1);
  EXPECT_GT(rows[1].latency_speedup.value, 1);
  EXPECT_EQ(rows[1].msr_ratio, 0.5);
}

// Attention has 90 % intervals and products none: so has the step, and so the speed-up.
TEST_F(Replay, SpeedupsArePairedWhereTimesHaveIntervals) {
  auto const alone = replay(MixFileTest::mix(task("a"), kPolicies), testing::h200_like());
  traces::ReplayRow const& row = alone.rows[1];
  EXPECT_LT(row.latency.low_ns, row.latency.time_ns);
  EXPECT_GT(row.latency.high_ns, row.latency.time_ns);
  // One model's error is common to both: nearly all of it cancels.
  EXPECT_TRUE(close(row.first_token_speedup.low, row.first_token_speedup.value, {0, 1e-6}));
  EXPECT_EQ(row.provenance, "extrapolated");  // 2000 tokens, fitted from 8192 on
  auto const steps = replay(MixFileTest::mix(task("a"), kPolicies), with_tables());
  EXPECT_TRUE(std::isnan(steps.rows[1].latency.low_ns));
  EXPECT_TRUE(std::isnan(steps.rows[1].latency_speedup.low));
}

// 2009 tokens are 16 blocks of 128; a pair's block has 2 x 128 x 64 x 2 bytes. A sparse head keeps
// 1 + 2 blocks of its window.
TEST_F(Replay, MemoryIsWhatIsHeldAtTheEnd) {
  std::string const policies = std::string(kFull) +
                               "[[policy]]\nname = \"flux\"\nmsr_ratio = 0.5\n"
                               "[[policy]]\nname = \"flux\"\nlabel = \"evict\"\nmsr_ratio = 0.5\n"
                               "retention = \"evict\"\n";
  DeviceProfile profile = testing::h200_like();
  auto const result = replay(MixFileTest::mix(task("a"), policies), profile);
  constexpr double kPairBlock = 2 * 128 * 64 * 2;
  EXPECT_EQ(result.rows[0].kv_bytes, 4 * 2 * 16 * kPairBlock);
  EXPECT_EQ(result.rows[1].kv_bytes, result.rows[0].kv_bytes);
  EXPECT_EQ(result.rows[2].kv_bytes, (2 * 2 * 16 + 2 * 2 * 3) * kPairBlock);
  auto const mix = load(MixFileTest::mix(task("a"), policies));
  auto const weights = static_cast<double>(*known_weight_bytes(mix.model));
  auto const left = static_cast<double>(profile.spec.memory_bytes) - weights;
  EXPECT_EQ(result.rows[2].requests_fit, static_cast<std::int64_t>(left / result.rows[2].kv_bytes));
  EXPECT_EQ(requests_that_fit(mix.model, 1, 1000), 0);  // the weights are more
  plan::Model experts = mix.model;
  experts.experts = 8;
  EXPECT_EQ(requests_that_fit(experts, 1, 1 << 30), -1);
}

TEST_F(Replay, WhatTheProfileCannotChargeIsNamed) {
  auto const routed = replay(MixFileTest::mix(task("a", msr(0.5)), kFlux), with_tables());
  EXPECT_THAT(routed.not_charged, Contains(HasSubstr("the router of policy flux")));
  EXPECT_THAT(routed.not_charged, Contains(HasSubstr("a host that waits for the gates")));

  DeviceProfile profile = with_tables();
  for (auto const op : {plan::LaunchOp::router, plan::LaunchOp::plan_gpu}) {
    profile.step.rows[op] = RateCurve({{1, 20000}, {1 << 30, 1e6}});
  }
  auto const charged = replay(MixFileTest::mix(task("a", msr(0.5)), kFlux), profile);
  EXPECT_THAT(charged.not_charged, Not(Contains(HasSubstr("the router of policy"))));
  auto const selection = static_cast<std::size_t>(traces::ReplayPart::selection);
  // Rows: full and flux, eager; the same by graph. Two launches in each of 4 layers.
  EXPECT_EQ(routed.rows[3].prefill_ns[selection], 0);
  EXPECT_GE(charged.rows[3].prefill_ns[selection], 4 * 2 * 20000);
  EXPECT_EQ(charged.rows[3].decode_ns[selection], 0);  // gates are kept
}

TEST_F(Replay, EachRequestOfAFileOfGatesIsReplayed) {
  write("gates.jsonl", "{\"full\": [1, 1, 1, 1]}\n{\"full\": [0, 0, 0, 0]}\n");
  std::string const gates = "gates = \"gates.jsonl\"\n";
  auto const result = replay(MixFileTest::mix(task("a", gates), kFlux), testing::h200_like());
  auto const none = replay(MixFileTest::mix(task("a", msr(1)), kFlux), testing::h200_like());
  EXPECT_EQ(result.rows[1].msr_ratio, 0.5);
  EXPECT_TRUE(close(result.rows[1].latency.time_ns,
                    (result.rows[0].latency.time_ns + none.rows[1].latency.time_ns) / 2,
                    {0, 1e-12}));
}

TEST_F(Replay, BreakEvensSayAlwaysFromOrNever) {
  // A window that covers all contexts reads everything: never.
  std::string const wide =
      "[[policy]]\nname = \"flux\"\nlabel = \"wide\"\nmsr_ratio = 0.5\n[policy.sparse]\n"
      "kind = \"streaming\"\nsink_tokens = 0\nlocal_tokens = 2097152\n";
  std::string const narrow = "[[policy]]\nname = \"flux\"\nmsr_ratio = 1\n";
  DeviceProfile profile = testing::h200_like();
  profile.spec.memory_bytes = 200'000'000;  // 2048 bytes a token: up to 64K
  auto const result = replay(MixFileTest::mix(task("a"), wide + narrow), profile, true);
  ASSERT_EQ(result.break_evens.size(), 4u);
  for (auto const& row : result.break_evens) {
    EXPECT_EQ(row.points.front().kv_len, 1024);
    EXPECT_EQ(row.points.back().kv_len, 65536);
    EXPECT_EQ(row.kind, row.policy == "wide" ? "never" : row.kind);
    double const sum = std::accumulate(row.longest_ns.begin(), row.longest_ns.end(), 0.0);
    EXPECT_TRUE(close(sum, row.points.back().time.time_ns, {0, 1e-9}));
  }
  auto const& prefill = result.break_evens[2];
  EXPECT_EQ(prefill.phase, "prefill");
  EXPECT_NE(prefill.kind, "never");
  EXPECT_GT(prefill.points.back().speedup.value, 10);  // 3 of up to 512 blocks a row
  EXPECT_LE(prefill.low_tokens, prefill.kv_len_tokens);
  EXPECT_GE(prefill.high_tokens, prefill.kv_len_tokens);
}

}  // namespace
}  // namespace fluxscope::sim
