#include "sim/device/transfer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "fluxscope_test_paths.hpp"
#include "tests/close.hpp"
#include "tests/sim/profiles.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

DeviceSpec a800() {
  return load_device_spec(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/gpus/specs/a800.toml");
}

TEST(Transfer, ToItselfChangesNoTime) {
  DeviceProfile const profile = testing::h200_like();

  DeviceProfile const same = transfer(profile, profile.spec);

  ASSERT_EQ(same.kernels.size(), profile.kernels.size());
  for (std::size_t i = 0; i < same.kernels.size(); ++i) {
    EXPECT_EQ(same.kernels[i].cost, profile.kernels[i].cost);
  }
  EXPECT_EQ(same.launch_ns, profile.launch_ns);
  EXPECT_EQ(same.provenance, "transferred");
}

TEST(Transfer, ScalesEachTimeByWhatBoundsIt) {
  DeviceProfile const profile = testing::h200_like();

  DeviceProfile const to = transfer(profile, a800());

  auto const ratio = [&](plan::LaunchOp op, double KernelCost::*field) {
    return to.kernel(op).cost.*field / (profile.kernel(op).cost.*field);
  };
  // 622 TFLOP/s over 132 SMs against 312 over 108; 4.8 TB/s against 2.039; 1980 against 1410 MHz.
  EXPECT_TRUE(close(ratio(plan::LaunchOp::prefill, &KernelCost::block_ns),
                    622.0 / 132 / (312.0 / 108), {.relative = 1e-12}));
  EXPECT_TRUE(close(ratio(plan::LaunchOp::decode, &KernelCost::shared_block_ns), 4.8 / 2.039,
                    {.relative = 1e-12}));
  EXPECT_EQ(ratio(plan::LaunchOp::decode, &KernelCost::block_ns), 1);
  EXPECT_TRUE(close(ratio(plan::LaunchOp::combine, &KernelCost::tile_ns), 1980.0 / 1410,
                    {.relative = 1e-12}));
}

TEST(Transfer, WidensTheIntervalsToBothSides) {
  DeviceProfile from = testing::h200_like();
  from.evidence[1].beyond_low_ratio = 0.7;
  from.evidence[1].beyond_high_ratio = 1.3;
  DeviceProfile const to = transfer(from, a800(), 0.4);

  EXPECT_TRUE(close(to.evidence[1].beyond_low_ratio, 0.7 / 1.4, {.relative = 1e-12}));
  EXPECT_TRUE(close(to.evidence[1].beyond_high_ratio, 1.3 * 1.4, {.relative = 1e-12}));

  EXPECT_TRUE(close(to.evidence[0].low_ratio, 0.9 / 1.4, {.relative = 1e-12}));
  EXPECT_TRUE(close(to.evidence[0].high_ratio, 1.1 * 1.4, {.relative = 1e-12}));
}

TEST(Transfer, SaysNothingOfHowWellTheOtherGpuWasFitted) {
  DeviceProfile fitted = testing::h200_like();
  fitted.notes["launch_ns"] = "1400 to 1600";
  fitted.held_out.push_back({.by = "shape", .cases = 3});

  auto const moved = transfer(fitted, a800());

  EXPECT_TRUE(moved.notes.empty());
  EXPECT_TRUE(moved.held_out.empty());
}

TEST(Transfer, OccupancyFollowsFromTheScarcestResource) {
  DeviceSpec const spec = a800();
  // 96 KiB + 1 KiB of 164 KiB: one. 4 warps x 168 registers x 32 = 21504 of 65536: three.
  EXPECT_EQ(resident_ctas(
                {.threads_per_cta = 128, .registers_per_thread = 168, .smem_bytes = 98304}, spec),
            1);
  EXPECT_EQ(resident_ctas({.threads_per_cta = 128, .registers_per_thread = 168}, spec), 3);
  // 2048 threads per SM.
  EXPECT_EQ(resident_ctas({.threads_per_cta = 512, .registers_per_thread = 16}, spec), 4);
}

TEST(Transfer, AKernelThatGetsCompanyOnItsSmSharesIt) {
  DeviceProfile alone = testing::h200_like();
  KernelProfile& kernel = alone.kernel(plan::LaunchOp::prefill);
  kernel.ctas_per_sm = 1;  // though two would fit
  kernel.cost.block_ns = 2000;
  kernel.cost.shared_block_ns = 0;

  KernelProfile const moved = transfer(alone, alone.spec).kernel(plan::LaunchOp::prefill);

  EXPECT_EQ(moved.ctas_per_sm, 2);
  EXPECT_TRUE(close(moved.cost.shared_block_ns, 2000, {.relative = 1e-9}));
}

TEST(Transfer, RefusesAKernelThatTheOtherGpuDoesNotRun) {
  DeviceProfile profile = testing::h200_like();
  profile.kernel(plan::LaunchOp::prefill).instruction = plan::MatrixInstruction::wgmma;
  auto const a800 =
      load_device_spec(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/gpus/specs/a800.toml");

  EXPECT_THAT([&] { (void)transfer(profile, a800); },
              ThrowsMessage<InputError>(HasSubstr("capability 9.0 alone")));
  EXPECT_NO_THROW((void)transfer(profile, profile.spec));
}

}  // namespace
}  // namespace fluxscope::sim
