#include "kernels/dense/gemm/gemm_plan.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/cuda/stream.hpp"
#include "kernels/dense/gemm/reference.hpp"
#include "tests/kernels/attention/reference.hpp"
#include "tests/kernels/dense/values.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"
#include "tests/refusal.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;

/// Operands, with numbers behind y that no product may touch.
class GemmMemory {
 public:
  explicit GemmMemory(plan::GemmShape const& shape)
      : shape_(shape),
        x_(random_bf16(size(shape.m, shape.k), 41)),
        w_(random_bf16(size(shape.n, shape.k), 42, 1 / std::sqrt(double(shape.k)))),
        device_x_(to_bf16(x_)),
        device_w_(to_bf16(w_)),
        device_y_(
            std::vector<__nv_bfloat16>(size(shape.m, shape.n) + kBehind, __float2bfloat16(-77.0f))),
        workspace_(kWorkspaceBytes) {}

  [[nodiscard]] kernels::GemmParams params() const {
    return {.x = device_x_.get(),
            .w = device_w_.get(),
            .y = device_y_.get(),
            .workspace = workspace_.get()};
  }

  [[nodiscard]] std::vector<float> y() const { return as_float(device_y_.download()); }

  [[nodiscard]] ::testing::AssertionResult matches() const {
    std::vector<float> const got = y();
    auto const want = kernels::gemm_reference(as_double(x_), as_double(w_), shape_);
    std::vector<float> const emulation = emulated();
    std::size_t const count = want.size();
    auto const close =
        row_close(std::span(got).first(count), want, std::span(emulation).first(count));
    if (!close) return close;
    for (std::size_t i = count; i < got.size(); ++i) {
      if (got[i] != -77.0f) return ::testing::AssertionFailure() << "written behind y";
    }
    return ::testing::AssertionSuccess();
  }

 private:
  static constexpr std::size_t kBehind = 1024;
  static std::size_t size(std::int64_t rows, std::int64_t columns) {
    return static_cast<std::size_t>(rows * columns);
  }

  /// fp32 sums in order, one rounding.
  [[nodiscard]] std::vector<float> emulated() const {
    auto const k = static_cast<std::size_t>(shape_.k);
    std::vector<float> y;
    for (std::size_t x = 0; x < x_.size(); x += k) {
      for (std::size_t w = 0; w < w_.size(); w += k) {
        float sum = 0;
        for (std::size_t i = 0; i < k; ++i) sum += x_[x + i] * w_[w + i];
        y.push_back(round_bf16(sum));
      }
    }
    return y;
  }

  plan::GemmShape shape_;
  std::vector<float> x_, w_;
  DeviceArray<__nv_bfloat16> device_x_, device_w_, device_y_;
  DeviceArray<std::uint8_t> workspace_;
};

class Gemm : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
    auto const found = kernels::find_cublaslt(system_libraries());
    if (!found.table) GTEST_SKIP() << found.reason;
    library_.emplace();
  }

  std::optional<kernels::CublasLt> library_;
};

// Rows of a decode batch, of a chunk, and sizes that no tile divides.
TEST_F(Gemm, IsTheDoubleReferenceAtEveryShape) {
  for (plan::GemmShape const shape :
       {plan::GemmShape{1, 8, 8}, plan::GemmShape{1, 1536, 1024}, plan::GemmShape{2, 256, 4096},
        plan::GemmShape{7, 1000, 264}, plan::GemmShape{16, 512, 2048},
        plan::GemmShape{129, 136, 72}, plan::GemmShape{512, 384, 320}}) {
    GemmMemory const memory(shape);
    kernels::GemmPlan const plan(*library_, shape, kWorkspaceBytes);
    plan.launch(memory.params(), nullptr);
    EXPECT_TRUE(memory.matches()) << shape.m << " " << shape.n << " " << shape.k << ": "
                                  << to_text(plan.algorithm());
  }
}

TEST_F(Gemm, APlanWithoutWorkspaceNeedsNone) {
  plan::GemmShape const shape{4, 256, 4096};
  GemmMemory const memory(shape);
  kernels::GemmPlan const plan(*library_, shape, 0);
  EXPECT_EQ(plan.algorithm().workspace_bytes, 0u);
  kernels::GemmParams params = memory.params();
  params.workspace = nullptr;
  plan.launch(params, nullptr);
  EXPECT_TRUE(memory.matches());
}

TEST_F(Gemm, ASearchKeepsTheQuickestAndItsResultIsRight) {
  plan::GemmShape const shape{16, 1024, 2048};
  GemmMemory const memory(shape);
  kernels::GemmPlan plan(*library_, shape, kWorkspaceBytes);
  kernels::GemmAlgorithm const first = plan.algorithm();
  std::array const operands = {memory.params()};

  kernels::GemmSearch const search = plan.search(operands, 8);

  ASSERT_FALSE(search.candidates.empty());
  ASSERT_LE(search.candidates.size(), 8u);
  EXPECT_EQ(search.candidates.front().algorithm, first);
  EXPECT_EQ(plan.algorithm(), search.candidates[search.best].algorithm);
  for (auto const& one : search.candidates) EXPECT_GT(one.us, 0);
  EXPECT_LE(search.candidates[search.best].us, search.candidates.front().us);
  plan.launch(memory.params(), nullptr);
  EXPECT_TRUE(memory.matches());
}

TEST_F(Gemm, ALaunchIsCapturedByAGraph) {
  plan::GemmShape const shape{3, 512, 1024};
  GemmMemory const memory(shape);
  kernels::GemmPlan const plan(*library_, shape, kWorkspaceBytes);
  plan.launch(memory.params(), nullptr);
  std::vector<float> const eager = memory.y();
  FLUXSCOPE_CUDA_CHECK(cudaMemset(memory.params().y, 0, std::size_t{3} * 512 * 2));
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  Stream const stream;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  FLUXSCOPE_CUDA_CHECK(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal));
  plan.launch(memory.params(), stream.get());
  FLUXSCOPE_CUDA_CHECK(cudaStreamEndCapture(stream.get(), &graph));
  FLUXSCOPE_CUDA_CHECK(cudaGraphInstantiate(&exec, graph, 0));
  FLUXSCOPE_CUDA_CHECK(cudaGraphLaunch(exec, stream.get()));
  stream.synchronize();

  EXPECT_EQ(memory.y(), eager);

  FLUXSCOPE_CUDA_CHECK(cudaGraphExecDestroy(exec));
  FLUXSCOPE_CUDA_CHECK(cudaGraphDestroy(graph));
}

TEST_F(Gemm, NamesTheShapeAndThePointerItDoesNotTake) {
  auto const planned = [&](plan::GemmShape const& shape) {
    return refusal([&] { kernels::GemmPlan const plan(*library_, shape, 0); });
  };
  EXPECT_THAT(planned({0, 8, 8}), StartsWith("gemm: m is 0"));
  EXPECT_THAT(planned({1, 12, 8}), AllOf(HasSubstr("n is 12"), HasSubstr("multiple of 8")));
  EXPECT_THAT(planned({1, 8, -8}), HasSubstr("k is -8"));
  plan::GemmShape const shape{16, 64, 64};
  GemmMemory const memory(shape);
  kernels::GemmPlan const plan(*library_, shape, kWorkspaceBytes);
  auto const launched = [&](auto const& change) {
    kernels::GemmParams params = memory.params();
    change(params);
    return refusal([&] { plan.launch(params, nullptr); });
  };
  EXPECT_THAT(launched([](auto& p) { p.w = nullptr; }), HasSubstr("w is null"));
  EXPECT_THAT(launched([](auto& p) { p.x += 8; }), HasSubstr("x is not on a 256-byte boundary"));
}

}  // namespace
}  // namespace fluxscope::testing
