#include "kernels/dense/silu_mul/launch.hpp"

#include <cmath>

#include "kernels/dense/silu_mul/reference.hpp"
#include "tests/close.hpp"
#include "tests/kernels/attention/reference.hpp"
#include "tests/kernels/dense/values.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {
namespace {

std::vector<float> run_silu_mul(std::vector<float> const& gate_up, std::int32_t tokens,
                                kernels::RowsTuning const& tuning) {
  DeviceArray const in(to_bf16(gate_up));
  DeviceArray const out(std::vector<__nv_bfloat16>(gate_up.size() / 2, __float2bfloat16(NAN)));
  DeviceArray const warps(std::vector<kernels::WarpRecord>(4096));
  kernels::SiluMulParams params;
  params.gate_up = in.get();
  params.y = out.get();
  params.tokens = tokens;
  params.intermediate = static_cast<std::int32_t>(gate_up.size()) / tokens / 2;
  params.probe = {.warps = warps.get(), .warp_capacity = 4096};
  kernels::launch_silu_mul(params, tuning, nullptr);
  return as_float(out.download());
}

std::vector<float> emulated(std::span<float const> gate_up) {
  std::size_t const size = gate_up.size() / 2;
  std::vector<float> y;
  for (std::size_t i = 0; i < size; ++i) {
    y.push_back(round_bf16(gate_up[i] / (1 + std::exp(-gate_up[i])) * gate_up[size + i]));
  }
  return y;
}

class SiluMul : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_F(SiluMul, IsTheDoubleReferenceAtEverySize) {
  for (std::size_t const size : {8, 64, 4096, 4104, 9728, 14336}) {
    for (std::int32_t const tokens : {1, 5, 33}) {
      auto const gate_up = random_bf16(2 * size * static_cast<std::size_t>(tokens), size, 3);
      auto const y = run_silu_mul(gate_up, tokens, kPlain);
      for (std::size_t row = 0; row < static_cast<std::size_t>(tokens); ++row) {
        auto const in = std::span(gate_up).subspan(row * 2 * size, 2 * size);
        EXPECT_TRUE(row_close(std::span(y).subspan(row * size, size),
                              kernels::silu_mul_reference(as_double(in)), emulated(in)))
            << "row " << row << " of " << tokens << ", size " << size;
      }
    }
  }
}

// exp(100) is beyond fp32: the gate closes or passes, and nothing becomes NaN.
TEST_F(SiluMul, FarGatesCloseOrPass) {
  std::vector<float> const gate_up = {-100, 100, -1000, 1000, 0, -88.5f, 88.5f, -20,
                                      3,    3,   3,     3,    3, 3,      3,     3};
  std::vector<float> const y = run_silu_mul(gate_up, 1, kPlain);
  std::vector<double> const want = {0, 300, 0, 3000, 0, 0, 265.5, 0};
  for (std::size_t i = 0; i < want.size(); ++i) {
    // Half a bf16 step, and -20 / (1 + e^20) 3 = -1.2e-7.
    EXPECT_TRUE(close(double{y[i]}, want[i], {.absolute = 2e-7, .relative = 0x1.0p-8}));
  }
}

TEST_F(SiluMul, AnEarlyStartAndTheProbeChangeNoBit) {
  auto const gate_up = random_bf16(std::size_t{2} * 5000 * 8, 5, 3);
  auto const plain = run_silu_mul(gate_up, 8, kPlain);
  EXPECT_EQ(run_silu_mul(gate_up, 8, kEarly), plain);
  EXPECT_EQ(run_silu_mul(gate_up, 8, {.probe = kernels::ProbeLevel::l0}), plain);
}

TEST_F(SiluMul, UsesNoLocalMemory) {
  for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
    EXPECT_EQ(kernels::silu_mul_facts(level).local_bytes, 0);
  }
}

}  // namespace
}  // namespace fluxscope::testing
