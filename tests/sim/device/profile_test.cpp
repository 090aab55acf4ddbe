#include "sim/device/profile.hpp"

#include <gtest/gtest.h>

#include "sim/device/simulate.hpp"
#include "tests/close.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/profiles.hpp"

namespace fluxscope::sim {
namespace {

std::string message_of(std::string const& text) {
  return fluxscope::testing::refusal([&] { (void)parse_device_profile(text, "gpu.toml"); });
}

std::string replaced(std::string text, std::string const& from, std::string const& to) {
  std::size_t const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(DeviceProfile, ItsTextBeginsAsWhatMayReplaceIt) {
  for (std::string const& begin : profile_kind().begins) {
    EXPECT_EQ(device_profile_text(testing::h200_like()).find(begin), 0u);
  }
}

TEST(DeviceProfile, ItsTextReadsBackAsTheSameProfile) {
  DeviceProfile const profile = testing::h200_like();

  DeviceProfile const again = parse_device_profile(device_profile_text(profile), "gpu.toml");

  ASSERT_EQ(again.kernels.size(), 4u);
  for (std::size_t i = 0; i < profile.kernels.size(); ++i) {
    EXPECT_EQ(again.kernels[i].name, profile.kernels[i].name);
    EXPECT_EQ(again.kernels[i].op, profile.kernels[i].op);
    EXPECT_EQ(again.kernels[i].cost, profile.kernels[i].cost) << i;
    EXPECT_EQ(again.kernels[i].ctas_per_sm, profile.kernels[i].ctas_per_sm);
    EXPECT_EQ(again.kernels[i].smem_bytes, profile.kernels[i].smem_bytes);
  }
  EXPECT_EQ(again.spec.sm_count, 132);
  EXPECT_EQ(again.spec.hbm_bytes_per_s, 4'800'000'000'000);
  EXPECT_EQ(again.launch_gap_ns, profile.launch_gap_ns);
  EXPECT_EQ(again.evidence[1].kv_lens, profile.evidence[1].kv_lens);
  EXPECT_EQ(device_profile_text(again), device_profile_text(profile));
}

TEST(DeviceProfile, KeepsTheSourcesOfTheSpecification) {
  auto const text = device_profile_text(testing::h200_like());

  EXPECT_NE(text.find("# NVIDIA H200 data sheet"), std::string::npos);
}

TEST(DeviceProfile, RefusesUnknownKeysNegativeTimesAndNaN) {
  auto const text = device_profile_text(testing::h200_like());

  EXPECT_NE(message_of(replaced(text, "launch_gap_ns", "launch_gap_us")).find("launch_gap_ns"),
            std::string::npos);
  EXPECT_NE(message_of(replaced(text, "block_ns = 4600", "block_ns = -4600")).find("block_ns"),
            std::string::npos);
  EXPECT_NE(message_of(replaced(text, "block_ns = 4600", "block_ns = nan")).find("block_ns"),
            std::string::npos);
  EXPECT_NE(message_of(replaced(text, "sm_count = 132", "sm_count = 0")).find("sm_count"),
            std::string::npos);
  EXPECT_NE(
      message_of(replaced(text, "[kernel.combine]", "[kernel.combine]\nspeed = 3")).find("speed"),
      std::string::npos);
  EXPECT_NE(message_of(replaced(text, "\"fitted\"", "\"guessed\"")).find("provenance"),
            std::string::npos);
}

TEST(DeviceProfile, OfWhichNoTimeCanBeToldIsRefusedAtItsLine) {
  // Every time 0: each layer would take no time and each speed-up would be 0 / 0.
  auto const zeros = [](KernelCost) { return KernelCost{}; };
  auto const problem_with = [](plan::LaunchOp op, auto change) {
    DeviceProfile profile = testing::h200_like();
    KernelCost& cost = profile.kernel(op).cost;
    cost = change(cost);
    return message_of(device_profile_text(profile));
  };
  auto const line_of = [](std::string const& message) {
    return std::stoi(message.substr(message.find(':') + 1));
  };

  auto const decode = problem_with(plan::LaunchOp::decode, zeros);
  EXPECT_NE(decode.find("block of decode_split would take no time"), std::string::npos) << decode;
  EXPECT_GT(line_of(decode), 1) << decode;
  EXPECT_NE(problem_with(plan::LaunchOp::gather_kv, zeros).find("gather_kv would take no time"),
            std::string::npos);
  EXPECT_NE(problem_with(plan::LaunchOp::prefill,
                         [](KernelCost cost) {
                           cost.block_ns = cost.shared_block_ns = 0;
                           return cost;
                         })
                .find("whatever the context"),
            std::string::npos);
  EXPECT_EQ(problem_with(plan::LaunchOp::decode,
                         [](KernelCost cost) {
                           cost.block_ns = 0;
                           return cost;
                         }),
            "accepted");
  EXPECT_EQ(problem_with(plan::LaunchOp::combine,
                         [](KernelCost cost) {
                           cost.block_ns = cost.shared_block_ns = 0;
                           return cost;
                         }),
            "accepted");
}

TEST(DeviceProfile, RefusesEndlessTimesAndAnIntervalThatBeginsAtZero) {
  auto const text = device_profile_text(testing::h200_like());

  EXPECT_NE(message_of(replaced(text, "block_ns = 4600", "block_ns = inf")).find("block_ns"),
            std::string::npos);
  EXPECT_NE(message_of(replaced(text, "launch_ns = 1500", "launch_ns = 1e12")).find("launch_ns"),
            std::string::npos);
  EXPECT_NE(message_of(replaced(text, "low_ratio = 0.9000", "low_ratio = 0")).find("low_ratio"),
            std::string::npos);
}

TEST(DeviceProfile, RefusesNamesThatItsFilesCouldNotHold) {
  auto const text = device_profile_text(testing::h200_like());
  auto const named = [&](std::string const& name) {
    return message_of(replaced(text, "name = \"h200\"", "name = \"" + name + "\""));
  };

  EXPECT_NE(named("a,b").find("holds a comma"), std::string::npos);
  EXPECT_NE(named("a\\nb").find("control characters"), std::string::npos);
  EXPECT_NE(named("\\u001b[2J").find("control characters"), std::string::npos);
  EXPECT_NE(named(std::string(1 << 16, 'n')).find("longer than 200 bytes"), std::string::npos);
  EXPECT_NE(message_of(replaced(text, "[kernel.combine]", "[kernel.\"a\\nb\"]"))
                .find("control characters"),
            std::string::npos);
  EXPECT_EQ(named("h200 (2 of 8)"), "accepted");
}

TEST(DeviceProfile, WhereItIsMadeFromMayHoldAnyText) {
  DeviceProfile profile = testing::h200_like();
  profile.made_from = "a \"b\" \\ c.h5,\n\x1b";

  EXPECT_EQ(parse_device_profile(device_profile_text(profile), "gpu.toml").made_from,
            profile.made_from);
}

TEST(DeviceProfile, NamesItsKernelsFreely) {
  DeviceProfile profile = testing::h200_like();
  profile.add({.name = "other maker's \"fa\\4\"",
               .op = plan::LaunchOp::xattn_score,
               .instruction = plan::MatrixInstruction::wgmma,
               .cost = {.block_ns = 7},
               .threads_per_cta = 128,
               .registers_per_thread = 128});

  auto const again = parse_device_profile(device_profile_text(profile), "gpu.toml");

  EXPECT_EQ(again.kernel(plan::LaunchOp::xattn_score).name, "other maker's \"fa\\4\"");
  EXPECT_EQ(again.kernel(plan::LaunchOp::xattn_score).instruction, plan::MatrixInstruction::wgmma);
}

TEST(DeviceProfile, OfSeveralKernelsForAnOperationTheNamedOneRuns) {
  DeviceProfile profile = testing::h200_like();
  KernelProfile other = profile.kernel(plan::LaunchOp::prefill);
  other.name = "prefill_wgmma";
  other.cost.tile_ns = 77;
  profile.add(other);
  profile.run(plan::LaunchOp::prefill, "prefill_wgmma", "here");
  auto const text = device_profile_text(profile);

  EXPECT_EQ(parse_device_profile(text, "x").kernel(plan::LaunchOp::prefill).cost.tile_ns, 77);
  EXPECT_EQ(parse_device_profile(replaced(text, "= \"prefill_wgmma\"", "= \"prefill_mma\""), "x")
                .kernel(plan::LaunchOp::prefill)
                .name,
            "prefill_mma");
  auto const unsaid = message_of(replaced(text, "prefill = \"prefill_wgmma\"\n", ""));
  EXPECT_NE(unsaid.find("prefill_mma and prefill_wgmma are both of op prefill"), std::string::npos)
      << unsaid;
  auto const unknown = message_of(replaced(text, "= \"prefill_wgmma\"", "= \"prefill_fast\""));
  EXPECT_NE(unknown.find("prefill by prefill_fast"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("has for it: prefill_mma, prefill_wgmma"), std::string::npos) << unknown;
}

TEST(DeviceProfile, AnOperationWithoutAKernelIsRefusedByName) {
  DeviceProfile profile = testing::h200_like();
  std::erase_if(profile.kernels, [](auto const& kernel) { return kernel.name == "gather_kv"; });

  auto const message = fluxscope::testing::refusal(
      [&] { (void)profile.launch_model(plan::LaunchOp::gather_kv, 128); });

  EXPECT_NE(message.find("the profile of h200 has no kernel for op gather_kv"), std::string::npos);
  EXPECT_NE(message.find("it has prefill_mma, decode_split, combine"), std::string::npos);
  EXPECT_EQ(profile.slots().copy_ctas_per_sm, 1);
}

TEST(DeviceProfile, TimesPerBlockScaleWithHeadDim) {
  DeviceProfile const profile = testing::h200_like();

  auto const wide = profile.launch_model(plan::LaunchOp::decode, 128);
  auto const narrow = profile.launch_model(plan::LaunchOp::decode, 64);

  EXPECT_EQ(narrow.cost.block_ns * 2, wide.cost.block_ns);
  EXPECT_EQ(narrow.cost.tile_ns, wide.cost.tile_ns);
}

TEST(Provenance, FollowsTheFittedContextsAndBatches) {
  DeviceProfile profile = testing::h200_like();
  auto const of = [&](std::int64_t batch, std::int64_t kv_len) {
    return provenance(profile, plan::Phase::decode, {32, 8, 128}, batch, kv_len);
  };

  EXPECT_EQ(of(8, 32768), "calibrated");
  EXPECT_EQ(of(4, 32768), "interpolated");
  EXPECT_EQ(of(1, 65536), "interpolated");
  EXPECT_EQ(of(1, 4096), "extrapolated");
  EXPECT_EQ(of(16, 32768), "extrapolated");
  profile.provenance = "transferred";
  EXPECT_EQ(of(8, 32768), "transferred");
}

TEST(Provenance, AShapeThatTheFitDidNotSeeIsExtrapolated) {
  DeviceProfile profile = testing::h200_like();
  auto const of = [&](plan::Phase phase, plan::AttentionShape const& shape) {
    return provenance(profile, phase, shape, 1, 8192);
  };

  // Which shapes were fitted is not said: only context and batch count.
  EXPECT_EQ(of(plan::Phase::decode, {64, 8, 128}), "calibrated");
  profile.evidence[1].shapes = {{32, 8, 128}, {64, 8, 64}};
  EXPECT_EQ(of(plan::Phase::decode, {32, 8, 128}), "calibrated");
  EXPECT_EQ(of(plan::Phase::decode, {64, 8, 64}), "calibrated");
  for (plan::AttentionShape const& other :
       {plan::AttentionShape{64, 8, 128}, {32, 4, 128}, {32, 8, 64}}) {
    EXPECT_EQ(of(plan::Phase::decode, other), "extrapolated");
  }
  EXPECT_EQ(of(plan::Phase::prefill, {64, 8, 128}), "calibrated");
}

TEST(DeviceProfile, ShapesOfTheFitMayBeMissingAndAreReadBack) {
  DeviceProfile profile = testing::h200_like();
  EXPECT_EQ(device_profile_text(profile).find("shapes"), std::string::npos);
  profile.evidence[1].shapes = {{32, 8, 128}, {64, 8, 64}};

  auto const text = device_profile_text(profile);
  auto const again = parse_device_profile(text, "p.toml");

  EXPECT_TRUE(again.evidence[0].shapes.empty());
  EXPECT_EQ(again.evidence[1].shapes, profile.evidence[1].shapes);
  EXPECT_NE(message_of(replaced(text, "q_heads = 64", "q_heads = 0")).find("q_heads = 0"),
            std::string::npos);
  EXPECT_NE(message_of(replaced(text, "{ q_heads = 64", "{ heads = 64")).find("q_heads"),
            std::string::npos);
}

}  // namespace
}  // namespace fluxscope::sim
