#include "sim/sweep/identity.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/sim/profiles.hpp"

namespace fluxscope::sim {
namespace {

SweepConfig config() {
  SweepConfig config{.name = "s", .toml = "name = \"s\"\n"};
  config.model = {
      .name = "m", .layers = 32, .attention = {.q_heads = 32, .kv_heads = 8, .head_dim = 128}};
  config.gpus = {testing::h200_like()};
  config.phases = {plan::Phase::decode};
  config.kv_lens = {4096};
  config.decode_batches = {1};
  config.msr_ratios = {0, 0.5};
  config.policies = {"flux", "head_dynamic"};
  config.executions = {plan::Execution::fused};
  config.schedulers = {plan::Scheduler::natural};
  config.seeds = {1};
  config.sparse = {
      .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
  return config;
}

/// What differs from config() after a change.
std::string changed(std::function<void(SweepConfig&)> const& change) {
  SweepConfig other = config();
  change(other);
  return difference(sweep_identity(config()), sweep_identity(other));
}

TEST(SweepIdentity, IsTheSameForTheSameSweep) {
  EXPECT_EQ(changed([](SweepConfig&) {}), "");
}

TEST(SweepIdentity, NamesWhatTheNumbersComeFrom) {
  EXPECT_EQ(changed([](SweepConfig& c) { c.toml += "# another file\n"; }), "sweep file");
  EXPECT_EQ(changed([](SweepConfig& c) { c.model.attention.head_dim = 64; }), "model numbers");
  EXPECT_EQ(changed([](SweepConfig& c) { c.sparse.local_tokens = 1024; }), "sparse settings");
  EXPECT_EQ(changed([](SweepConfig& c) { c.seeds = {2}; }), "gates");
  // The gates of more layers are others, too.
  EXPECT_EQ(changed([](SweepConfig& c) { c.model.layers = 64; }), "model numbers, gates");
}

TEST(SweepIdentity, AProfileCountsToItsLastDigit) {
  // Beyond the six digits of the profile's file.
  EXPECT_EQ(changed([](SweepConfig& c) { c.gpus[0].launch_ns *= 1 + 1e-12; }),
            "device profile h200");
  EXPECT_EQ(changed([](SweepConfig& c) { c.gpus[0].kernels[0].cost.tile_ns *= 1 + 1e-12; }),
            "device profile h200");
  EXPECT_EQ(changed([](SweepConfig& c) { c.gpus[0].evidence[1].low_ratio *= 1 + 1e-12; }),
            "device profile h200");
  EXPECT_EQ(changed([](SweepConfig& c) { c.gpus[0].spec.sm_count += 1; }), "device profile h200");
}

TEST(SweepIdentity, AnotherProgramIsNamed) {
  Identity const ours = sweep_identity(config());
  Identity other = ours;
  ASSERT_EQ(other[0].name, "program version");
  other[0].hash = "0000000000000000";

  EXPECT_EQ(difference(ours, other), "program version");
}

TEST(SweepIdentity, AnIngredientOfOneSideOnlyIsADifference) {
  Identity const both = {{"a", "1"}, {"b", "2"}};

  EXPECT_EQ(difference({{"a", "1"}}, both), "b");
  EXPECT_EQ(difference(both, {{"a", "1"}}), "b");
}

TEST(SweepIdentity, ComesBackFromItsText) {
  Identity const identity = {{"model numbers", "0123456789abcdef"}, {"a=b", "1"}};

  EXPECT_EQ(identity_from(identity_text(identity)), identity);
  EXPECT_EQ(difference(identity_from("nonsense"), identity), "nonsense, model numbers, a=b");
  EXPECT_TRUE(identity_from("").empty());
}

}  // namespace
}  // namespace fluxscope::sim
