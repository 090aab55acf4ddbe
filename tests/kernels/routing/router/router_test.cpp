#include "kernels/routing/router/launch.hpp"

#include <memory>

#include "tests/close.hpp"
#include "tests/kernels/routing/router/problem.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

struct RouterSetup {
  std::int32_t head_dim = 128;
  std::int32_t q_heads = 32;
  std::vector<std::int32_t> q_len;  // [batch]
  std::int32_t pool_tokens = 100;
  kernels::RouterWeightType weight_type = kernels::RouterWeightType::float32;
  kernels::ProbeLevel probe = kernels::ProbeLevel::off;
};

struct RouterOutput {
  std::vector<float> logits;
  std::vector<std::int32_t> gate;
  std::vector<kernels::WarpRecord> warps;
};

std::vector<__nv_bfloat16> as_bf16(std::vector<float> const& values) {
  std::vector<__nv_bfloat16> out;
  for (float const x : values) out.push_back(__float2bfloat16(x));
  return out;
}

std::vector<float> queries_of(RouterSetup const& setup, std::size_t seq) {
  return drifting_queries(setup.q_len[seq], setup.q_heads, setup.head_dim, seq + 1);
}

/// Device copies of all layers in one of the two weight types.
class DeviceWeights {
 public:
  DeviceWeights(kernels::RouterReferenceWeights const& weights, kernels::RouterWeightType type) {
    for (std::size_t i = 0; i < kernels::kRouterLayers; ++i) {
      if (type == kernels::RouterWeightType::float32) {
        float_.push_back(std::make_unique<DeviceArray<float>>(weights.weight[i]));
        float_.push_back(std::make_unique<DeviceArray<float>>(weights.bias[i]));
        layers_[i] = {float_[2 * i]->get(), float_[2 * i + 1]->get()};
      } else {
        bf16_.push_back(std::make_unique<DeviceArray<__nv_bfloat16>>(as_bf16(weights.weight[i])));
        bf16_.push_back(std::make_unique<DeviceArray<__nv_bfloat16>>(as_bf16(weights.bias[i])));
        layers_[i] = {bf16_[2 * i]->get(), bf16_[2 * i + 1]->get()};
      }
    }
  }
  void copy_to(kernels::RouterParams& params) const {
    for (std::size_t i = 0; i < kernels::kRouterLayers; ++i) params.layers[i] = layers_[i];
  }

 private:
  std::vector<std::unique_ptr<DeviceArray<float>>> float_;
  std::vector<std::unique_ptr<DeviceArray<__nv_bfloat16>>> bf16_;
  kernels::RouterLayer layers_[kernels::kRouterLayers];
};

RouterOutput run_router(RouterSetup const& setup, kernels::RouterReferenceWeights const& weights) {
  std::vector<float> q;
  std::vector<kernels::SequenceParams> sequences;
  std::int64_t rows = 0;
  for (std::size_t seq = 0; seq < setup.q_len.size(); ++seq) {
    auto const part = queries_of(setup, seq);
    q.insert(q.end(), part.begin(), part.end());
    sequences.push_back({.q_len = setup.q_len[seq], .q_row_begin = rows});
    rows += setup.q_len[seq];
  }
  auto const batch = static_cast<std::int32_t>(setup.q_len.size());
  bool const probed = setup.probe != kernels::ProbeLevel::off;
  DeviceArray const device_q(as_bf16(q));
  DeviceArray const device_sequences(sequences);
  DeviceWeights const device_weights(weights, setup.weight_type);
  DeviceArray const workspace(
      std::vector<float>(kernels::router_workspace_floats(batch, setup.head_dim), std::nanf("")));
  DeviceArray const logits(std::vector<float>(setup.q_len.size() * 2, std::nanf("")));
  DeviceArray const gate(std::vector<std::int32_t>(setup.q_len.size(), -7));
  DeviceArray const warps(
      std::vector<kernels::WarpRecord>(probed ? kernels::kRouterCtas * kernels::kRouterWarps : 0));
  kernels::RouterParams params;
  params.q = device_q.get();
  params.sequences = device_sequences.get();
  device_weights.copy_to(params);
  params.weight_type = setup.weight_type;
  params.batch = batch;
  params.q_heads = setup.q_heads;
  params.head_dim = setup.head_dim;
  params.pool_tokens = setup.pool_tokens;
  params.workspace = workspace.get();
  params.logits = logits.get();
  params.gate = gate.get();
  params.probe = {.warps = warps.get(), .warp_capacity = static_cast<std::uint32_t>(warps.size())};
  kernels::launch_router(params, {.probe = setup.probe}, nullptr);
  return {logits.download(), gate.download(), warps.download()};
}

class Router : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

// Windows clip below 100 tokens and overlap below 200.
TEST_F(Router, MatchesTheDoubleReferenceAtEveryLength) {
  for (auto const type :
       {kernels::RouterWeightType::float32, kernels::RouterWeightType::bfloat16}) {
    for (std::int32_t const head_dim : {64, 128}) {
      RouterSetup const setup{.head_dim = head_dim,
                              .q_heads = head_dim == 64 ? 5 : 32,
                              .q_len = {1, 99, 100, 150, 200, 1000},
                              .weight_type = type};
      auto const weights = random_router_weights(head_dim, 3);

      RouterOutput const output = run_router(setup, weights);

      for (std::size_t seq = 0; seq < setup.q_len.size(); ++seq) {
        auto const want = kernels::router_reference(queries_of(setup, seq), setup.q_len[seq],
                                                    setup.q_heads, head_dim, 100, weights);
        // fp32 sums of at most 1,024 terms of size about 1: 1e-4 is about 1,000 roundings.
        Tolerance const tolerance{.absolute = 1e-4};
        EXPECT_TRUE(close(static_cast<double>(output.logits[2 * seq]), want.logits[0], tolerance));
        EXPECT_TRUE(
            close(static_cast<double>(output.logits[2 * seq + 1]), want.logits[1], tolerance));
        ASSERT_GT(std::abs(want.logits[0] - want.logits[1]), 2e-4) << "a near tie tests nothing";
        EXPECT_EQ(output.gate[seq], want.gate);
      }
    }
  }
}

TEST_F(Router, TheBiasOfTheLastLayerDecidesATie) {
  RouterSetup const setup{.q_len = {300}};
  auto weights = random_router_weights(128, 3);
  std::fill(weights.weight[4].begin(), weights.weight[4].end(), 0.0f);

  weights.bias[4] = {0.25f, 4.5f};
  EXPECT_EQ(run_router(setup, weights).gate, std::vector<std::int32_t>{1});
  weights.bias[4] = {4.5f, 0.25f};
  EXPECT_EQ(run_router(setup, weights).gate, std::vector<std::int32_t>{0});
  weights.bias[4] = {1.0f, 1.0f};
  EXPECT_EQ(run_router(setup, weights).gate, std::vector<std::int32_t>{0});
}

TEST_F(Router, TheProbeChangesNoBitAndSeesEveryWarp) {
  RouterSetup setup{.q_len = {500, 120}};
  auto const weights = random_router_weights(128, 9);
  RouterOutput const plain = run_router(setup, weights);
  setup.probe = kernels::ProbeLevel::l0;

  RouterOutput const probed = run_router(setup, weights);

  EXPECT_EQ(probed.logits, plain.logits);
  EXPECT_EQ(probed.gate, plain.gate);
  for (auto const& warp : probed.warps) EXPECT_LT(warp.in_clock_cyc, warp.out_clock_cyc);
}

TEST_F(Router, UsesNoLocalMemory) {
  for (auto const type :
       {kernels::RouterWeightType::float32, kernels::RouterWeightType::bfloat16}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      EXPECT_EQ(kernels::router_facts(type, {.probe = level}).local_bytes, 0);
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing
