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

TEST(DeviceProfile, ItsTextReadsBackAsTheSameProfile) {
  DeviceProfile const profile = testing::h200_like();

  DeviceProfile const again = parse_device_profile(device_profile_text(profile), "gpu.toml");

  for (std::size_t op = 0; op < profile.kernels.size(); ++op) {
    EXPECT_EQ(again.kernels[op].cost, profile.kernels[op].cost) << op;
    EXPECT_EQ(again.kernels[op].ctas_per_sm, profile.kernels[op].ctas_per_sm);
    EXPECT_EQ(again.kernels[op].smem_bytes, profile.kernels[op].smem_bytes);
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
      message_of(replaced(text, "[kernels.combine]", "[kernels.combine]\nspeed = 3")).find("speed"),
      std::string::npos);
  EXPECT_NE(message_of(replaced(text, "\"fitted\"", "\"guessed\"")).find("provenance"),
            std::string::npos);
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
    return provenance(profile, plan::Phase::decode, batch, kv_len);
  };

  EXPECT_EQ(of(8, 32768), "calibrated");
  EXPECT_EQ(of(4, 32768), "interpolated");
  EXPECT_EQ(of(1, 65536), "interpolated");
  EXPECT_EQ(of(1, 4096), "extrapolated");
  EXPECT_EQ(of(16, 32768), "extrapolated");
  profile.provenance = "transferred";
  EXPECT_EQ(of(8, 32768), "transferred");
}

}  // namespace
}  // namespace fluxscope::sim
